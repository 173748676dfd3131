import type { HistoryEntry } from '../../conversation/history.ts';
import type { ChatMessage, LanguageModel, ModelEvent, ModelRequest } from '../../core/conversation.ts';
import type { Character } from '../../services/characters.ts';

/** Shorter parts of a name are no names: "Dr. J. Smith". */
const MIN_PART = 2;

/** Who answers `text`: the characters that it names by any part of their names, in that order; else all, by name. */
export function respondersTo(text: string, cast: readonly Character[]): readonly Character[] {
  const words = wordsOf(text);
  const mentioned = cast
    .map((character) => {
      const parts = wordsOf(character.name).filter((part) => part.length >= MIN_PART);
      return { character, at: words.findIndex((word) => parts.includes(word)) };
    })
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)
    .map(({ character }) => character);
  if (mentioned.length > 0) return mentioned;
  return cast.filter(({ isActive }) => isActive).toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

/** What the model is told so that `character` answers to what was said. */
export function messagesFor(
  character: Character,
  cast: readonly Character[],
  said: readonly HistoryEntry[],
): ChatMessage[] {
  const { name, systemPrompt } = character;
  const others = cast.filter((each) => each.id !== character.id).map((each) => each.name);
  const company =
    others.length === 0
      ? ''
      : ` Others in this conversation: ${others.join(', ')}. What each says is written between tags with their name.`;
  const closing = `You are ${name}.${company} Reply only as ${name}, without tags.`;
  const content = systemPrompt.trim() === '' ? closing : `${systemPrompt.trim()}\n\n${closing}`;
  return [{ role: 'system', content }, ...said.map(showEntry)];
}

function showEntry({ role, name, content }: HistoryEntry): ChatMessage {
  return { role, content: name === undefined ? content : `<${name}>${content}</${name}>` };
}

/**
 * `model` without the tags around its answers: it sees them in the history, and writes its own in spite of what it is told. They would
 * be spoken.
 */
export function withoutTags(model: LanguageModel, name: string): LanguageModel {
  const tags = [`<${name}>`, `</${name}>`];
  return {
    isSetUp: model.isSetUp,
    async *answer(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, void> {
      let kept = '';
      for await (const event of model.answer(request, signal)) {
        if (event.kind !== 'text') {
          if (kept !== '') yield { kind: 'text', text: kept };
          kept = '';
          yield event;
          continue;
        }
        let text = tags.reduce((rest, tag) => rest.replaceAll(tag, ''), kept + event.text);
        const open = text.lastIndexOf('<');
        const mayBeTag = open >= 0 && tags.some((tag) => tag.startsWith(text.slice(open)));
        kept = mayBeTag ? text.slice(open) : '';
        text = mayBeTag ? text.slice(0, open) : text;
        if (text !== '') yield { kind: 'text', text };
      }
      if (kept !== '') yield { kind: 'text', text: kept };
    },
  };
}
