/** Natural English for the benches, of one length each: what they measure must not hang on a repeated sentence. */

/** One story in three parts of 10, 50 and 240 words, so that a longer text begins like the shorter ones. */
type Story = readonly [opening: string, more: string, rest: string];

const harbor: Story = [
  'The storm passed before dawn, and the harbor was quiet.',
  `Fishermen walked down to the water, checked their boats one by one, and began to repair the nets that the wind had
torn. By nine the sun was out. Children ran along the pier, looking for shells and bits of colored glass, while
their parents opened the cafés and shops.`,
  `Nobody spoke much about the night. In this town people had seen worse, and they knew how to wait. An old man sat
on a bench beside the lighthouse and counted the ships that were coming back. There should have been eleven. He had
seen nine so far, and he kept his eyes on the grey line where the sea met the sky. His daughter brought him coffee
and a warm roll, but she did not ask him to come inside. She sat down next to him instead. They talked about the
summer, about the roof that needed new tiles, and about her son, who wanted to study music in the city. Was that a
sensible plan? The old man thought that it was. Sensible plans, he said, were mostly a matter of luck, and a boy who
could play the violin like that would always find somebody to listen. At half past ten a white sail appeared. Ten
minutes later there was a second one. The old man stood up, folded his blanket, and finished his coffee. Below them
the bells began to ring, first in the chapel and then on every boat that had one, until the whole bay was full of
the sound. That evening there was music in the square, and almost everyone danced, even those who had sworn that
they were too tired or far too old, and nobody, they say, went home before midnight.`,
];

const garden: Story = [
  'Have you ever wondered why some gardens feel so calm?',
  `It is not the flowers, or not only them. A good gardener thinks about light, about water, and about the path
that leads your eye from one place to the next. Plants come later. First there is a shape, then a rhythm, and only at
the end there is color.`,
  `My grandmother never read a book about it, yet she understood every one of these rules. Her garden was small, hardly
larger than a living room, and it lay between two high walls. She planted a pear tree in the far corner because the
morning sun arrived there first. Under the tree she put a bench, and in front of the bench a stone bowl, which filled
with rain and brought the birds. Everything else followed from that. The herbs grew near the kitchen door, where she
could reach them in her slippers. The roses climbed the warm wall, and the ferns took the cold one. In July the whole
place hummed with bees. Visitors always said the same thing: it seemed so much bigger than it was. She would smile,
pour another cup of tea, and tell them about the years when nothing had grown at all, when the soil was full of
bricks and broken plates. It took her three winters to clear it, one bucket at a time. She kept the prettiest pieces
of china on a shelf above the sink. Patience, she used to say, is simply another kind of tool. You clean it, you
keep it dry, and you do not lend it to people who never bring anything back. I have her bench now, and every spring
I paint it green, and I sit there quietly until the first birds find the water again.`,
];

const train: Story = [
  'Good morning, everyone, and welcome aboard the early mountain express.',
  `We are leaving the station on time, and we expect to reach the summit in about two hours. The dining car is open
from now until noon. If you would like a window seat on the left, where the view is best, please ask one of our
guides to help.`,
  `For the first thirty minutes we follow the river through the valley. You will see orchards on both sides, and
behind them the old mill, which still grinds flour for the bakers of the region. After the second tunnel the line
begins to climb. Engineers needed seven years to build this part, and at one time more than four thousand people
worked here, most of them with nothing but picks and shovels. Please look up at the cliff when we pass the bridge. A
pair of eagles has been nesting there since April, and with a little luck you will notice them circling above the
trees. We stop at the lake for fifteen minutes. You are welcome to step outside and take photographs, but stay
behind the yellow line, and listen for the whistle. Beyond the lake the air is thinner and a good deal colder, so a
jacket is a good idea, even in the middle of summer. The summit station has a small museum, a restaurant with a wide
terrace, and a marked path that leads around the peak in forty minutes. The last train back leaves at a quarter to
six, and it does not wait for anybody. Are there any questions? Then lean back, enjoy the ride, and let us know if
there is anything we can do for you. We wish you all a pleasant journey and a very clear sky all the way up.`,
];

const stories: readonly Story[] = [harbor, garden, train];

export const lengths = [10, 60, 300] as const;
export type Length = (typeof lengths)[number];

/** A text of exactly `words` words for each story. */
export function textsOf(words: Length): string[] {
  return stories.map((story) => {
    const text = story
      .slice(0, lengths.indexOf(words) + 1)
      .join(' ')
      .replaceAll('\n', ' ');
    const count = text.split(' ').length;
    if (count !== words) throw new Error(`"${text.slice(0, 30)}" has ${count} words, not ${words}.`);
    return text;
  });
}

export const paragraph: string = textsOf(60)[0] ?? '';
/** The beginning of the paragraph, for voices that are slower than speech. */
export const twoSentences: string = paragraph
  .split(/(?<=\.) /)
  .slice(0, 2)
  .join(' ');
export const longText: string = textsOf(300)[0] ?? '';
/** Loads the voice and runs everything once. */
export const warmUp = 'This sentence only warms the voice up, and nobody listens.';
