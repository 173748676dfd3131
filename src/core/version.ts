/** Of package.json; a test compares them: a program that starts need not load that file. Said by commands, metrics, the API's description and the data of a Worker. */
export const version = '0.1.0';
/** Of onnxruntime-web, as package.json pins it. */
export const inferenceVersion = '1.30.0';
