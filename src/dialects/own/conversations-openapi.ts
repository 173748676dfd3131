import * as z from 'zod';
import { deletedAnswer, json, type Operation } from '../../http/operation.ts';
import { characterBody, characterChange } from './characters.ts';
import { conversationBody, messageBody } from './conversations.ts';

const character = z.object({
  id: z.string(),
  object: z.literal('character'),
  name: z.string(),
  voice: z.string().nullable(),
  system_prompt: z.string(),
  is_active: z.boolean(),
  image_url: z.string().nullable(),
  created_at: z.string().nullable(),
});
const conversation = z.object({
  id: z.string(),
  object: z.literal('conversation'),
  title: z.string(),
  character_ids: z.array(z.string()),
  created_at: z.string(),
});
const message = z.object({
  id: z.string(),
  object: z.literal('conversation.message'),
  role: z.enum(['user', 'assistant']),
  name: z.string().nullable(),
  content: z.string(),
  created_at: z.string(),
});
const listOf = (item: z.ZodType): z.ZodType => z.object({ object: z.literal('list'), data: z.array(item) });

const characters: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/characters',
    id: 'listCharacters',
    summary: 'Those who answer in conversations',
    answers: { 200: json(listOf(character)) },
  },
  {
    method: 'post',
    path: '/v1/characters',
    id: 'addCharacter',
    summary: 'Makes somebody who answers: a name, a voice, and what the model is told about them',
    body: { 'application/json': characterBody },
    example: { body: { name: 'Ada', system_prompt: 'You answer in one sentence.' } },
    answers: { 201: json(character) },
  },
  {
    method: 'get',
    path: '/v1/characters/:id',
    id: 'getCharacter',
    summary: 'A character',
    answers: { 200: json(character) },
  },
  {
    method: 'patch',
    path: '/v1/characters/:id',
    id: 'changeCharacter',
    summary: 'Changes a character',
    body: { 'application/json': characterChange },
    example: { body: { is_active: false } },
    answers: { 200: json(character) },
  },
  {
    method: 'delete',
    path: '/v1/characters/:id',
    id: 'deleteCharacter',
    summary: 'Ends a character',
    answers: { 200: deletedAnswer },
  },
];

const conversations: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/conversations',
    id: 'listConversations',
    summary: 'The conversations that are kept',
    answers: { 200: json(listOf(conversation)) },
  },
  {
    method: 'post',
    path: '/v1/conversations',
    id: 'addConversation',
    summary: 'Keeps a conversation',
    body: { 'application/json': conversationBody },
    example: { body: { title: 'In the morning' } },
    answers: { 201: json(conversation) },
  },
  {
    method: 'get',
    path: '/v1/conversations/:id',
    id: 'getConversation',
    summary: 'A conversation',
    answers: { 200: json(conversation) },
  },
  {
    method: 'patch',
    path: '/v1/conversations/:id',
    id: 'changeConversation',
    summary: 'Changes the title of a conversation, or who takes part',
    body: { 'application/json': conversationBody },
    example: { body: { title: 'In the evening' } },
    answers: { 200: json(conversation) },
  },
  {
    method: 'delete',
    path: '/v1/conversations/:id',
    id: 'deleteConversation',
    summary: 'Forgets a conversation and its messages',
    answers: { 200: deletedAnswer },
  },
  {
    method: 'get',
    path: '/v1/conversations/:id/messages',
    id: 'listMessages',
    summary: 'What was said, in its order',
    answers: { 200: json(listOf(message)) },
  },
  {
    method: 'post',
    path: '/v1/conversations/:id/messages',
    id: 'addMessage',
    summary: 'Keeps what somebody said',
    body: { 'application/json': messageBody },
    example: { body: { role: 'user', content: 'Good morning!' } },
    answers: { 201: json(message) },
  },
  {
    method: 'delete',
    path: '/v1/conversations/:id/messages/:message',
    id: 'deleteMessage',
    summary: 'Forgets a message',
    answers: { 200: deletedAnswer },
  },
];

export const conversationOperations: readonly Operation[] = [...characters, ...conversations];
