/** The import table of AGENTS.md, checked by `npm run check:imports`. */
const never = (name, from, to, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { path: to },
});

export default {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^cloudflare:' }, // built into workerd
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^src' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    never(
      'adapters',
      '^src/adapters',
      '^src/(http|live|dialects|services|router|speech|audio|stream)',
      'Adapters build ports and call createApp.',
    ),
    never('app', '^src/app\\.ts', '^src/(adapters|cli|audio|stream|state)', 'The app knows no runtime.'),
    never(
      'core',
      '^src/core',
      '^src/(?!core|speech/|engine/engine\\.ts)', // types that move to core with the rest of the contracts
      'Contracts know nothing but each other.',
    ),
    never(
      'http',
      '^src/(http|live|dialects|services|router)',
      '^src/(engine/(fish|openai|upstreams?|onnx|policy|compose)|adapters|state/(?!store\\.ts)|cli|config|app)',
      'HTTP is dialects, not sources.',
    ),
    never(
      'http-dialects',
      '^src/(http|live)',
      '^src/(dialects|router)',
      'What dialects share knows none of them.',
    ),
    {
      name: 'dialects-apart',
      severity: 'error',
      comment: 'What two dialects share lies in http/ or services/.',
      from: { path: '^src/dialects/([^/]+)/' },
      to: { path: '^src/(dialects/|router)', pathNot: '^src/dialects/$1/' },
    },
    never('services', '^src/services', '^src/(http|live|dialects|router)', 'Services know no wire.'),
    {
      name: 'dialect-list',
      severity: 'error',
      comment: 'Only the list names dialects.',
      from: { path: '^src', pathNot: '^src/dialects/' },
      to: { path: '^src/dialects/(?!list\\.ts)' },
    },
    never(
      'speech',
      '^src/speech',
      '^src/(http|live|dialects|services|router|adapters|config|cli|state|telemetry|engine/(?!engine\\.ts))',
      'Speech is pure meaning.',
    ),
    never(
      'engine',
      '^src/engine/(?!compose\\.ts)',
      '^src/(http|live|dialects|services|router|adapters|config|cli|telemetry)',
      'Engines make PCM.',
    ),
    never(
      'engine-audio',
      '^src/engine',
      '^src/audio/(?!(pcm|silence|resample|stretch|gain|wav|decode/(open|sound))\\.ts)',
      'Engines know PCM, not containers; the recogniser is given files.',
    ),
    never(
      'policy',
      '^src/engine/policy',
      '^src/engine/(fish|openai|upstreams?|onnx)',
      'Policies wrap any engine.',
    ),
    never(
      'upstream',
      '^src/engine/upstream/',
      '^src/engine/(fish|openai|onnx|upstreams)',
      'The pool knows no kind of upstream.',
    ),
    never('fish', '^src/engine/fish/', '^src/engine/(openai|onnx|upstreams)', 'A driver knows no other.'),
    never('openai', '^src/engine/openai/', '^src/engine/(fish|onnx|upstreams)', 'A driver knows no other.'),
    never('audio', '^src/audio', '^src/(?!audio)', 'Audio is bytes in, bytes out.'),
    never(
      'leaves',
      '^src/(stream|state|telemetry)/',
      '^src/(http|live|dialects|services|router|engine|speech|audio|adapters|config|cli|app)',
      'Leaves know nothing above them.',
    ),
    never('ports', '^src/ports\\.ts', '^src/(?!ports|state/store\\.ts)', 'Ports are types only.'),
    {
      name: 'runtime-modules',
      severity: 'error',
      comment: 'Runtime modules are named in adapters/ and cli/ alone.',
      from: { path: '^src', pathNot: '^src/(adapters|cli)' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'src-apart',
      severity: 'error',
      from: { path: '^src' },
      to: { path: '^(test|bench|attack|scripts)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
