/**
 * What the voices are asked to say. `spoken` is what a reader says aloud, written by hand wherever the text has signs,
 * figures or abbreviations: were it made by our own normaliser, its mistakes would count on both sides and vanish.
 */
export interface Sentence {
  readonly text: string;
  readonly spoken?: string;
}

export const sentences: readonly Sentence[] = [
  // Short
  { text: 'Hello there.' },
  { text: 'Please hold the line.' },
  { text: 'Thank you, and good night!' },
  { text: 'Nobody answered the door.' },
  // Questions
  { text: 'Could you tell me where the nearest pharmacy is?' },
  { text: 'Why did the committee change its mind so quickly?' },
  { text: 'Have you ever seen the northern lights in winter?' },
  { text: 'Would you rather walk along the river or take the bus?' },
  // Plain statements
  { text: 'The kitchen smelled of fresh bread and strong coffee.' },
  { text: 'A gentle breeze moved through the tall grass behind the barn.' },
  { text: 'She folded the letter twice and slipped it under the plate.' },
  { text: 'Most of the children had already learned to swim before summer.' },
  { text: 'The old bridge creaked whenever a heavy truck drove across.' },
  { text: 'He promised to repair the garden fence before the weekend.' },
  { text: 'Fresh snow covered the village, and every sound was muffled.' },
  { text: 'The pilot thanked the passengers for their patience during the delay.' },
  { text: 'Our teacher explained how volcanoes shape the land around them.' },
  { text: 'I would like to cancel my reservation and get a refund.' },
  // Names and places
  { text: 'Margaret and Oliver moved from Chicago to Boston last spring.' },
  { text: 'The train to Edinburgh stops in York and Newcastle.' },
  { text: 'Professor Williams teaches history at a college in Virginia.' },
  { text: 'Daniel asked Rebecca to bring the tickets to the stadium.' },
  { text: 'The Amazon river flows through Brazil, Peru and Colombia.' },
  // Numbers, money, dates, times, units
  {
    text: 'The recipe needs 3 eggs and 12 spoons of sugar.',
    spoken: 'The recipe needs three eggs and twelve spoons of sugar.',
  },
  {
    text: 'A cup of tea costs $3.50 at the station.',
    spoken: 'A cup of tea costs three dollars and fifty cents at the station.',
  },
  {
    text: 'They sold the painting for $1,200 in an auction.',
    spoken: 'They sold the painting for one thousand two hundred dollars in an auction.',
  },
  {
    text: 'The library was founded on March 4, 1887.',
    spoken: 'The library was founded on March fourth, eighteen eighty seven.',
  },
  {
    text: 'The second meeting starts at 7:45 in the evening.',
    spoken: 'The second meeting starts at seven forty five in the evening.',
  },
  {
    text: 'Only 25% of the visitors came back in 2019.',
    spoken: 'Only twenty five percent of the visitors came back in twenty nineteen.',
  },
  {
    text: 'This parcel weighs 18 kg, which is too much.',
    spoken: 'This parcel weighs eighteen kilograms, which is too much.',
  },
  {
    text: 'He finished 21st in a race of 340 runners.',
    spoken: 'He finished twenty first in a race of three hundred and forty runners.',
  },
  {
    text: 'The average temperature rose by 1.5 degrees.',
    spoken: 'The average temperature rose by one point five degrees.',
  },
  { text: 'Turn left after 500 meters.', spoken: 'Turn left after five hundred meters.' },
  // Abbreviations
  { text: 'Dr. Brown will see you after lunch.', spoken: 'Doctor Brown will see you after lunch.' },
  {
    text: 'Mr. and Mrs. Parker live next to the bakery.',
    spoken: 'Mister and Missus Parker live next to the bakery.',
  },
  {
    text: 'Bring warm clothes, e.g. a scarf and gloves.',
    spoken: 'Bring warm clothes, for example a scarf and gloves.',
  },
  {
    text: 'The engineers from NASA spoke on the BBC today.',
    spoken: 'The engineers from NASA spoke on the B B C today.',
  },
  {
    text: 'St. Mary church is on Oak St. near the park.',
    spoken: 'Saint Mary church is on Oak Street near the park.',
  },
  // Lists, asides, direct speech
  { text: 'Buy apples, carrots, onions, a loaf of bread and some butter.' },
  { text: 'The museum (closed on Mondays) has a new collection of maps.' },
  { text: '"Come in," said the doctor, "and take a seat by the window."' },
  { text: "I don't know what he's planning, but it isn't going to work." },
  { text: 'It was late; the shops were closed, and we could not find a taxi.' },
  // Long
  {
    text: 'When the storm finally passed, the fishermen went down to the harbor, checked their boats one by one, and began to repair the nets that the wind had torn during the night.',
  },
  {
    text: 'If you travel by train, buy your ticket early, choose a seat near the window, and bring a good book, because the journey through the mountains takes almost nine hours.',
  },
  {
    text: 'My grandmother kept her photographs in a wooden box, and on rainy afternoons she would tell us who each person was, where they had lived, and what had become of them.',
  },
];
