import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chapterTag, mp3Seconds } from '../../studio/src/audio/mp3.ts';
import { gain, meanOf, parseMetrics } from '../../studio/src/server/prometheus.ts';
import { joinCaptions } from '../../studio/src/text/captions.ts';
import { chaptersOf } from '../../studio/src/text/chapters.ts';
import { Follower, wordAt } from '../../studio/src/text/follow.ts';
import { plainText } from '../../studio/src/text/markdown.ts';
import { cutText } from '../../studio/src/text/pieces.ts';

describe('what Prometheus is told', () => {
  it('is summed over labels, and counters are shown as what they gain', () => {
    const before = parseMetrics(
      '# HELP a b\nfish_edge_requests_total{route="/"} 3\nfish_edge_requests_total{route="/x"} 1\n',
    );
    const text =
      'fish_edge_requests_total{route="/"} 9 1700000000\nfish_edge_streams 2\nh_bucket{le="1"} 4\nbad NaN\n<html>';
    const now = parseMetrics(text);
    expect([...now]).toEqual([
      ['fish_edge_requests_total', 9],
      ['fish_edge_streams', 2],
    ]);
    expect(gain('fish_edge_requests_total', now, before)).toBe(5);
    expect(gain('fish_edge_requests_total', before, now)).toBe(0); // the server began anew
  });

  it('is shown as the mean of what was counted since, and by the state of the cache', () => {
    const before = parseMetrics(
      'w_sum{engine="a"} 1\nw_count{engine="a"} 2\nc{state="hit"} 1\nc{state="miss"} 4\n',
    );
    const now = parseMetrics(
      'w_sum{engine="a"} 2\nw_sum{engine="b"} 1\nw_count{engine="a"} 4\nw_count{engine="b"} 2\nc{a="1",state="hit"} 3\n',
    );
    expect(meanOf('w', now, before)).toBe(0.5);
    expect(meanOf('w', now, now)).toBeUndefined();
    expect(gain('c:hit', now, before)).toBe(2);
  });
});

describe('texts in the page', () => {
  it('are cut so that nothing is lost, said twice, too long, or cut inside of a character', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'é', '😀', ' ', '. ', '\n\n', '。'),
      maxLength: 400,
    });
    fc.assert(
      fc.property(text, fc.integer({ min: 10, max: 60 }), (whole, most) => {
        const pieces = cutText(whole, most);
        let end = 0;
        for (const { from, text: part } of pieces) {
          expect(whole.slice(end, from)).not.toMatch(/[\p{L}\p{N}]/u);
          expect(whole.slice(from, from + part.length)).toBe(part);
          expect(part.length).toBeLessThanOrEqual(most);
          expect(part.isWellFormed()).toBe(true);
          end = from + part.length;
        }
        expect(whole.slice(end)).not.toMatch(/[\p{L}\p{N}]/u);
      }),
    );
  });

  it('have chapters where they say so, in English and Vietnamese', () => {
    expect(chaptersOf('Just a text.')).toEqual([{ title: 'Just a text.', text: 'Just a text.' }]);
    const book = 'Preface\n\nChapter 1\nIt began.\n\nCHAPTER II: The Sea\nIt went on. In chapter 1 it began.';
    expect(chaptersOf(book).map(({ title }) => title)).toEqual([
      'Preface',
      'Chapter 1',
      'CHAPTER II: The Sea',
    ]);
    expect(chaptersOf('Chương 1\nMột.\nChương 2\nHai.').map(({ text }) => text)).toEqual([
      'Chương 1\nMột.',
      'Chương 2\nHai.',
    ]);
    expect(chaptersOf(plainText('# One\n\nText.\n\n## Two\n\nMore.')).map(({ title }) => title)).toEqual([
      'One',
      'Two',
    ]);
  });

  it('are followed by the words that the server tells of', () => {
    const text = 'It costs $3.50, it does.';
    const follower = new Follower(text, 0, 10);
    const said = ['It', 'costs', '3.50', 'unheard', 'it', 'does'].map((word, index) =>
      follower.find({ word, start: index, end: index + 0.5 }),
    );
    expect(said.map((word) => word && text.slice(word.from, word.to))).toEqual([
      'It',
      'costs',
      '3.50',
      undefined,
      'it',
      'does',
    ]);
    expect(said[0]).toMatchObject({ start: 10, end: 10.5 });
    const words = said.flatMap((word) => word ?? []);
    expect([wordAt(words, 9), wordAt(words, 10), wordAt(words, 11.7), wordAt(words, 99)]).toEqual([
      -1, 0, 1, 4,
    ]);
  });

  it('have captions whose times go on from part to part', () => {
    const srt = '1\n00:00:00,100 --> 00:00:01,000\nOne.\n\n2\n00:00:01,000 --> 00:00:02,000\nTwo.\n';
    const files = [
      { content: srt, start: 0 },
      { content: srt, start: 3599.5 },
    ];
    expect(joinCaptions(files, 'srt')).toContain(
      '\n\n3\n00:59:59,600 --> 01:00:00,500\nOne.\n\n4\n01:00:00,500',
    );
    const vtt = 'WEBVTT\n\n00:00:00.100 --> 00:00:01.000\nOne.\n';
    expect(joinCaptions([{ content: vtt, start: 60 }], 'vtt')).toBe(
      'WEBVTT\n\n00:01:00.100 --> 00:01:01.000\nOne.\n',
    );
  });

  it('become an MP3 whose chapters are tagged', async () => {
    const head = new Uint8Array([0xff, 0xfb, 0x90, 0x00]); // MPEG-1, layer III, 128 kbit/s
    expect(mp3Seconds(head, 16_000)).toBe(1);
    expect(mp3Seconds(new Uint8Array(4), 16_000)).toBe(0);
    const tag = new Uint8Array(
      await chapterTag('Bốn', [{ title: 'Một', startMs: 0, endMs: 1500 }]).arrayBuffer(),
    );
    const size = tag.slice(6, 10).reduce((sum, byte) => sum * 128 + byte, 0);
    expect(size).toBe(tag.length - 10);
    expect(new TextDecoder().decode(tag)).toMatch(
      /^ID3[\s\S]*TIT2[\s\S]*Bốn[\s\S]*CTOC[\s\S]*CHAP[\s\S]*chp0[\s\S]*Một/,
    );
  });
});
