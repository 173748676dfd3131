import { createHash } from 'node:crypto';
import type { Engine } from '../../src/core/engine.ts';
import type { RunningHash } from '../../src/core/ports.ts';
import type { Pronunciation } from '../../src/core/request.ts';
import { defaultSampling } from '../../src/core/request.ts';
import type { RecordStore, StateStores } from '../../src/core/store.ts';
import { createSpeechKeeping } from '../../src/engine/policy/kept-speech.ts';
import { pronounced } from '../../src/engine/policy/pronounced.ts';
import { createSpeechKey, share } from '../../src/engine/policy/share.ts';
import { createDictionary, type Dictionary, type DictionaryUser } from '../../src/services/pronunciations.ts';
import { readAll } from '../../src/stream/read.ts';
import { realClock } from '../stream/fake-clock.ts';
import { type Check, equal, eventually } from './check.ts';

const ada: DictionaryUser = { owner: 'ada', mayShare: false };
const bob: DictionaryUser = { owner: 'bob', mayShare: false };
const root: DictionaryUser = { owner: undefined, mayShare: true };
const minute = 60_000;

/** The dictionary of a server of its own, in a collection that no other check sees. */
function dictionaryOf(records: RecordStore, name: string): Dictionary {
  const own: RecordStore = {
    ...records,
    get: (_, id) => records.get(name, id),
    put: (_, id, value) => records.put(name, id, value),
    delete: (_, id) => records.delete(name, id),
    list: () => records.list(name),
  };
  const share = { max: 8, percent: 50 };
  return createDictionary({ records: own, share, voices: async () => [], clock: realClock });
}

const word = (id: string, alias: string): Pronunciation => ({ id, word: 'data', alias });

/** Says its text in bytes, so that one hears what was said. */
const teller: Engine = {
  id: 'teller',
  voices: async () => [],
  async open({ text }) {
    const said = new TextEncoder().encode(text.length % 2 === 0 ? text : `${text} `); // whole frames
    return { rate: 8000, channels: 1, engine: 'teller', body: new Blob([said]).stream() };
  },
};

/** What `owner` hears, and whether it was kept. */
/** As every runtime has it. */
function sha256(): RunningHash {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), digest: async () => hash.digest() };
}

type Listen = (owner: string | undefined, text: string) => Promise<readonly [said: string, state: string]>;

function listening({ blobs }: StateStores, dictionary: Dictionary): Listen {
  const keeping = createSpeechKeeping(
    { engine: 'teller', blobs, maxAgeMs: minute },
    { clock: realClock, createHash: sha256 },
  );
  const key = createSpeechKey(teller, ({ voice = '' }) => voice);
  const engine = pronounced()(share({ key, keeping }, { clock: realClock })(teller));
  return async (owner, text) => {
    const plain = { text, speed: 1, references: [], sampling: defaultSampling, whole: false };
    const stream = await engine.open(await dictionary.apply(plain, owner), new AbortController().signal);
    const said = new TextDecoder().decode(await readAll(stream.body, 1000)).trim();
    return [said, stream.cache?.state ?? 'bypass'];
  };
}

export const pronunciationChecks: readonly Check[] = [
  {
    name: 'a key is taught for itself: it sees, hears and deletes its own words and those for all',
    async run(stores, id) {
      const [dictionary, other] = [
        dictionaryOf(stores.records, id('a')),
        dictionaryOf(stores.records, id('a')),
      ];
      await dictionary.add(word('1', 'of ada'), ada, undefined);
      await dictionary.add(word('2', 'of bob'), bob, undefined);
      await dictionary.add({ id: '3', word: 'all', alias: 'everybody' }, root, undefined);
      const ids = async (user: DictionaryUser): Promise<string> =>
        (await other.list(user)).map((entry) => entry.id).join();
      equal([await ids(ada), await ids(bob), await ids(root)], ['1,3', '2,3', '1,2,3'], 'listed');
      equal([await other.get('2', ada), await other.delete('2', ada)], [undefined, false], 'not its own');
      const refused = await other.delete('3', ada).catch(({ error }) => error.code);
      equal(refused, 'permission_denied', 'for all');
      equal([await other.delete('1', ada), await other.delete('3', root)], [true, true], 'deleted');
    },
  },
  {
    name: 'words without an owner, from before there were any, are for all',
    async run({ records }, id) {
      const name = id('b');
      await records.put(name, 'old', word('old', 'of before'));
      const dictionary = dictionaryOf(records, name);
      equal((await dictionary.list(ada)).length, 1, 'listed');
      const plain = { text: 'data', speed: 1, references: [], sampling: defaultSampling, whole: false };
      equal((await dictionary.apply(plain, 'ada')).pronunciations?.[0]?.alias, 'of before', 'applied');
    },
  },
  {
    name: 'a key has a share of the words, also when it teaches many at once; who may, fills the rest',
    async run({ records }, id) {
      const dictionary = dictionaryOf(records, id('c'));
      const teach = (user: DictionaryUser, count: number): Promise<number> =>
        Promise.allSettled(
          Array.from({ length: count }, (_, i) =>
            dictionary.add(word(`${user.owner}${i}`, 'x'), user, undefined),
          ),
        ).then((all) => all.filter(({ status }) => status === 'fulfilled').length);
      equal(await teach(ada, 20), 4, 'at once');
      equal(await teach(ada, 1), 0, 'after them');
      equal((await dictionary.list(ada)).length, 4, 'of ada');
      equal((await teach(bob, 1)) + (await teach(root, 20)), 4, 'of others');
      const full = await dictionary
        .add(word('more', 'x'), root, undefined)
        .catch(({ error }) => error.message);
      equal(full, 'There are 8 pronunciations already; delete some.', 'full');
    },
  },
  {
    name: 'kept speech never gets from one key to another whose words are said in another way',
    async run(stores, id) {
      const dictionary = dictionaryOf(stores.records, id('d'));
      const listen = listening(stores, dictionary);
      const text = `Say data ${id('text').length} ${crypto.randomUUID()}`;
      const heard = async (owner: string | undefined): Promise<string> => (await listen(owner, text))[0];
      await dictionary.add(word('1', 'dah-ta'), ada, undefined);
      await dictionary.add(word('2', 'day-ta'), bob, undefined);
      const kept = async (owner: string | undefined): Promise<unknown> =>
        eventually(async () => (await listen(owner, text))[1] === 'hit', `kept for ${owner}`);
      for (let round = 0; round < 2; round++) {
        equal(await heard('ada'), text.replace('data', 'dah-ta'), 'ada');
        equal(await heard('bob'), text.replace('data', 'day-ta'), 'bob');
        equal(await heard('eve'), text, 'who taught nothing');
        if (stores.blobs.abilities.maxValueBytes > 0)
          for (const owner of ['ada', 'bob', 'eve']) await kept(owner);
      }
      await dictionary.delete('1', ada);
      equal(await heard('ada'), text, 'after it was deleted');
    },
  },
];
