import { CHAPTER } from './chapters.ts';

/** What one would read aloud of Markdown. Headings of the first two levels begin chapters. */
export function plainText(markdown: string): string {
  return markdown
    .replace(/^---\n[\s\S]*?\n---\n/, '') // front matter
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/^(.+)\n(?:=+|-{3,})[ \t]*$/gm, `${CHAPTER}$1\n`)
    .replace(/^#{1,2}[ \t]+(.+?)[ \t]*#*$/gm, `${CHAPTER}$1\n`)
    .replace(/^#{3,6}[ \t]+(.+?)[ \t]*#*$/gm, '$1\n')
    .replace(/^[ \t]*(?:[-*_][ \t]*){3,}$/gm, '')
    .replace(/^[ \t]*(?:>[ \t]?)+/gm, '')
    .replace(/^([ \t]*)(?:[-*+]|\d+[.)])[ \t]+(?:\[[ x]\][ \t]+)?/gm, '$1')
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\[([^\]]+)\](?:\([^)]*\)|\[[^\]]*\])/g, '$1')
    .replace(/(\*\*|__)(?=\S)([\s\S]*?\S)\1/g, '$2')
    .replace(/(^|[^\w*])[*_](?=\S)([^*_\n]*?\S)[*_](?!\w)/gm, '$1$2')
    .replace(/`([^`\n]+)`/g, '$1')
    .replace(/<\/?[a-z][^>\n]*>/gi, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
