import { FrameAligner, frameBytes } from '../../audio/pcm.ts';
import { joinBytes } from '../../core/bytes.ts';
import {
  checkFormat,
  isRiffWave,
  NotPcm,
  type PcmFormat,
  readWavHeader,
  startsWith,
  suspect,
} from './wav-header.ts';

/** Takes the bytes of a body as they come and hands on the PCM in them, in whole frames. */
export interface Sniffer {
  /** Known no later than the first PCM. */
  readonly format: PcmFormat | undefined;
  /** All the audio that a header promised has come: what follows in the body is not audio. */
  readonly complete: boolean;
  /** Bytes of a frame that has not all come yet. */
  readonly rest: Uint8Array;
  /** The PCM that `bytes` completes; often empty at first. @throws NotPcm */
  push(bytes: Uint8Array): Uint8Array;
  /** The body is over: the PCM that was held back while in doubt. @throws NotPcm when audio is missing */
  end(): Uint8Array;
}

const RIFF_WAVE_BYTES = 12;
const NOTHING = new Uint8Array();

/**
 * @param contentType of the response: believed only where it says a rate, or that this is no PCM at all
 * @param rate in Hz, of PCM that does not say its own
 */
export function createSniffer(contentType: string | null, rate: number): Sniffer {
  let head: Uint8Array = NOTHING; // undecided bytes; empty once the format is known
  let format: PcmFormat | undefined;
  let aligner: FrameAligner | undefined;
  let taken = 0;

  const take = (bytes: Uint8Array): Uint8Array => {
    if (!format || !aligner) return NOTHING;
    const room = (format.length ?? Infinity) - taken;
    const audio = bytes.length > room ? bytes.subarray(0, room) : bytes;
    taken += audio.length;
    return aligner.push(audio);
  };
  const decide = (ended: boolean): Uint8Array => {
    const found = findPcm(head, contentType, rate, ended);
    if (!found) return NOTHING;
    format = found.format;
    aligner = new FrameAligner(frameBytes(format.channels));
    const audio = head.subarray(found.at);
    head = NOTHING;
    return take(audio);
  };

  return {
    get format() {
      return format;
    },
    get complete() {
      return format?.length !== undefined && taken === format.length;
    },
    get rest() {
      return aligner?.rest ?? NOTHING;
    },
    push(bytes) {
      if (format) return take(bytes);
      head = head.length === 0 ? bytes : joinBytes([head, bytes]);
      return decide(false);
    },
    end() {
      const last = format ? NOTHING : decide(true);
      if (!format || !aligner) throw new NotPcm('nothing that is audio');
      if (aligner.rest.length > 0) throw new NotPcm('half a frame at the end');
      const missing = (format.length ?? taken) - taken;
      if (missing > 0) throw new NotPcm(`${missing} bytes less than its header promised`);
      return last;
    },
  };
}

/** Where the PCM in `head` starts and what it is; undefined while that is open. */
function findPcm(
  head: Uint8Array,
  contentType: string | null,
  rate: number,
  ended: boolean,
): { format: PcmFormat; at: number } | undefined {
  if (startsWith(head, 'RIFF')) {
    if (isRiffWave(head)) return readWavHeader(head);
    if (head.length >= RIFF_WAVE_BYTES || ended) throw new NotPcm('a RIFF file that is not WAV');
    return undefined;
  }
  const suspicion = head.length < RIFF_WAVE_BYTES && !ended ? 'more' : suspect(head, ended);
  if (suspicion === 'more') return undefined;
  if (suspicion) throw new NotPcm(suspicion);
  const foreign = foreignType(contentType);
  if (foreign) throw new NotPcm(foreign);
  if (head.length === 0) throw new NotPcm('an empty body');
  return { format: headerlessFormat(contentType, rate), at: 0 };
}

const FOREIGN = /^(text|image|video|font|multipart|message)\/|json|xml|html|msgpack|javascript/;
const COMPRESSED = /^audio\/(x-)?(mpeg|mp3|mp4|m4a|aac|ogg|opus|webm|flac|vorbis|basic|amr)/;

function foreignType(contentType: string | null): string | undefined {
  const media = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return FOREIGN.test(media) || COMPRESSED.test(media) ? media : undefined;
}

const RATE = /;\s*rate\s*=\s*"?(\d+)/i;
const CHANNELS = /;\s*channels\s*=\s*"?(\d+)/i;

/**
 * `audio/L16;rate=24000;channels=1` and `audio/pcm;rate=…`. RFC 2586 says L16 is big-endian; the speech servers that
 * send the label send little-endian.
 */
function headerlessFormat(contentType: string | null, rate: number): PcmFormat {
  const read = (parameter: RegExp): number | undefined => {
    const value = parameter.exec(contentType ?? '')?.[1];
    return value === undefined ? undefined : Number(value);
  };
  return checkFormat(read(RATE) ?? rate, read(CHANNELS) ?? 1);
}
