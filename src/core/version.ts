/** Of package.json; a test compares them. Said by metrics, by the API's description and by the data of a Worker. */
export const version = '0.1.0';
