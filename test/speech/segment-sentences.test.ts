import { describe, expect, test } from 'vitest';
import { recut } from './segment-marked.ts';

/** Each line is a text with `▸` where it is to be cut, and nowhere else. */
const english: readonly string[] = [
  'The rain stopped at noon. ▸ We went out for a walk.',
  'Where have you been all day? ▸ I was looking for you! ▸ The dinner is cold.',
  'You did what?! ▸ That cannot be true.',
  '"Stop right there!" he said to them. ▸ Nobody moved at all.',
  'He said "come back soon." ▸ She never did that.',
  '(We were late again.) ▸ Nobody minded it much.',
  'Wait for it... and now it is here. ▸ That was quick enough.',
  'I do not know... ▸ Maybe it was him.',
  'I wonder… perhaps not so much. ▸ It is late now…  ▸ We should go home.',
  'Dr. Smith met Mrs. Jones on St. James Street. ▸ They talked for hours.',
  'Gen. Lee and Sen. Warren spoke to Rev. King.',
  'One more rep. ▸ Then you may rest.',
  'J. R. R. Tolkien wrote it. ▸ C. S. Lewis read it.',
  'We chose plan B. ▸ It was the better one.',
  'So am I. ▸ They know it well.',
  'Use a tool, e.g. Hammer or i.e. Saw, vs. Nothing at all.',
  'It weighs approx. Ten kilos at most.',
  'He lives in the U.S. Army base. ▸ She lives in the U.K. ▸ They rarely meet there.',
  'It begins at 5 p.m. Monday. ▸ It ends at 9 p.m. ▸ We leave after that.',
  'She has a Ph.D. in physics. ▸ He has an M.A. ▸ They both teach now.',
  'He works at Acme Inc. Boston. ▸ She left Apple Inc. ▸ The shares fell again.',
  'Look at No. 5 and Fig. 3 on pp. 12 and 13.',
  'Did you do it? ▸ No. ▸ I never would have done such a thing to you, not in a hundred thousand long years.',
  'It was on Jan. 5 or Feb. 7, not on Sun. Morning.',
  'We sat in the sun. ▸ Birds were singing above us.',
  'Pi is 3.14159 and the price is $1,299.99. ▸ It went up 0.5 percent.',
  'Version 2.0.1 is out. ▸ Get 10.5 now.',
  'It opens at 10:30 a.m. and closes at 18:45.',
  'See https://example.com/a.b?c=d!e#f for more. ▸ It is all there.',
  'Ask at www.example.com. ▸ They will help you.',
  'Write to jane.doe@mail.example.org today. ▸ She answers quickly.',
  'Open example.com or node.js or file.txt first.',
  'Do it like so: 1. Wash the rice. ▸ Then cook it well.',
  '1. Wash the rice well. ▸ 2. Boil it for long.',
  'That was great! ▸ 🎉 It really was great. ▸ Thank you for it.',
  'Yahoo!Mail and what?ever stay whole.',
  'He came, etc. ▸ The rest is known to all.',
  'the first one is here. ▸ The second one is there.',
];

const layout: readonly string[] = [
  'A title without a stop\n▸The text under the title.',
  'this line was wrapped\nby a mail program in the middle. ▸ That one was not.',
  'Shopping list for today:\n▸- Apples and pears\n▸- Bread and butter',
  'One paragraph is here\n\n▸another one is here',
  'Meet Mr.\nSmith at the usual place.',
  'They went home at last.\n▸then they slept for hours.',
];

const fish: readonly string[] = [
  '<|speaker:0|>How are you today?▸<|speaker:1|>I am fine, thank you.',
  '<|speaker:0|>no stop at all here▸<|speaker:1|>nor here either',
  '(happy) What a day this is! ▸ (in a hurry tone) We must go now.',
  'That was so funny. ▸ [laugh] I must sit down now.',
  'That was so funny. [laugh]',
  'He said (Wait. What?) and left. ▸ They all did.',
];

const scripts: readonly (readonly [string, string])[] = [
  ['zh', '今天的天气真的非常好。▸我们一起去公园散步吧！▸你觉得这样怎么样呢？'],
  ['zh', '他说：“我们明天再来。”▸然后他就走了。'],
  ['zh', '这个东西是３．５公斤。▸价格是十元。'],
  ['ja', '東京へ行きました。▸とても楽しかったです。'],
  ['ja', '本当ですか？▸「はい、本当です。」▸それは良かった。'],
  ['hi', 'आप आज कैसे हैं भाई? ▸ मैं बहुत ठीक हूँ। ▸ धन्यवाद मेरे प्यारे दोस्त॥'],
  ['ar', 'كيف حالك اليوم يا صديقي؟ ▸ أنا بخير والحمد لله. ▸ شكرا لك يا أخي.'],
  ['ur', 'آپ کیسے ہیں میرے دوست؟ ▸ میں بالکل ٹھیک ہوں۔ ▸ آپ کا بہت شکریہ۔'],
  ['my', 'မင်္ဂလာပါ ခင်ဗျာ အားလုံး။ ▸ နေကောင်းလား အားလုံး ခင်ဗျာ။'],
  ['km', 'សួស្តី អ្នក ទាំងអស់គ្នា។ ▸ តើ អ្នក សុខសប្បាយ ទេ៕'],
  ['am', 'ሰላም ለሁሉም ሰው ይሁን። ▸ እንዴት ናችሁ ሁላችሁም ዛሬ፧'],
  ['hy', 'Սա առաջին նախադասությունն է։ ▸ Սա երկրորդ նախադասությունն է։'],
  ['el', 'Τι κάνεις σήμερα φίλε; ▸ Είμαι πολύ καλά εγώ.'],
  ['de', 'Am 3. Oktober kommt Hr. Meier, d.h. Morgen. ▸ Das ist z.B. Gut für uns.'],
  ['fr', 'M. Dupont est là. ▸ Mme Curie arrive, p.ex. Demain.'],
  ['es', '¿Cómo está Ud. Hoy? ▸ ¡El Sr. López ya vino!'],
  ['vi', 'TS. Nguyễn Văn A sống ở TP. Hồ Chí Minh. ▸ Ông ấy rất vui tính.'],
  ['ru', 'Это первое предложение. ▸ Вот и второе, т.е. Последнее.'],
];

const inOnePiece = { firstMaxWords: 100 };

describe('a text is cut at the ends of its sentences', () => {
  test.each(english)('%s', (marked) => {
    expect(recut(marked, inOnePiece)).toBe(marked);
  });
  test.each(layout)('lines: %j', (marked) => {
    expect(recut(marked, inOnePiece)).toBe(marked);
  });
  test.each(fish)('Fish tags: %s', (marked) => {
    expect(recut(marked, inOnePiece)).toBe(marked);
  });
  test.each(scripts)('%s: %s', (language, marked) => {
    expect(recut(marked, { language, ...inOnePiece })).toBe(marked);
  });
});
