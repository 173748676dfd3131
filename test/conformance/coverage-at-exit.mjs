// Loaded into a server whose lines are counted: it writes what Node counted when it exits, which a killed one cannot. Nothing else uses this signal.
process.on('SIGWINCH', () => process.exit());
