// Checks programs with TypeScript's compiler: node api_types.js JOB
//
// JOB is a file of JSON:
//   compiler: the folder of typescript.js and the types of the language
//   folder: where the files lie
//   programs: [{ files: [names in the folder], options: compiler options }]
//   types: the name of node.d.ts among the files of the first program; what it declares is told
// Prints JSON:
//   diagnostics: for each program an array of { file, line, code, message }
//   declared: what `types` declares, as api_names.py writes it

const sources = new Map(); // path -> text
const parsed = new Map(); // path -> SourceFile, for all programs
let ts;

async function load(folder, names) {
  await Promise.all(names.map(async (name) => sources.set(folder + "/" + name, await node.fs.cat(folder + "/" + name))));
}

// A module is found as our require finds it: beside the file that asks.
function resolve(name, from) {
  const path = node.path.join(from.slice(0, from.lastIndexOf("/")), name);
  return sources.has(path) ? { resolvedFileName: path, extension: ".js" } : undefined;
}

function hostOf(job) {
  return {
    getSourceFile(path, target) {
      if (!parsed.has(path) && sources.has(path)) parsed.set(path, ts.createSourceFile(path, sources.get(path), target, true));
      return parsed.get(path);
    },
    getDefaultLibFileName: () => job.compiler + "/lib.es2022.d.ts",
    getDefaultLibLocation: () => job.compiler,
    getCurrentDirectory: () => job.folder,
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    fileExists: (path) => sources.has(path),
    readFile: (path) => sources.get(path),
    directoryExists: () => false,
    getDirectories: () => [],
    writeFile() {
      throw new Error("nothing is to be written");
    },
    resolveModuleNames: (names, from) => names.map((name) => resolve(name, from)),
  };
}

function shown(diagnostic, folder) {
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n");
  if (diagnostic.file === undefined) return { file: "", line: 0, code: diagnostic.code, message };
  const { line } = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start);
  const path = diagnostic.file.fileName;
  const file = path.startsWith(folder + "/") ? path.slice(folder.length + 1) : path;
  return { file, line: line + 1, code: diagnostic.code, message };
}

// --- What is declared ---

function declaredIn(program, path) {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(path);
  const names = [];
  const ours = (symbol) => (symbol.declarations || []).some((declaration) => declaration.getSourceFile() === file);
  const typeOf = (symbol) => checker.getTypeOfSymbolAtLocation(symbol, file);

  function visit(name, symbol) {
    names.push(name);
    if (name.includes("STATUS_CODES") || !ours(symbol)) return;
    const type = typeOf(symbol);
    const prototype = type.getProperty("prototype");
    const isClass = prototype !== undefined && /^[A-Z]/.test(symbol.name);
    if (isClass) {
      for (const member of typeOf(prototype).getProperties()) names.push(name + "#" + member.name);
    }
    const isPart = symbol.flags & ts.SymbolFlags.ValueModule || /^(console|node\.dns\.cache)$/.test(name);
    if (!isPart) return;
    for (const member of type.getProperties()) if (member.name !== "prototype") visit(name + "." + member.name, member);
  }

  for (const symbol of checker.getSymbolsInScope(file, ts.SymbolFlags.Value)) {
    if (ours(symbol) && !symbol.name.startsWith('"')) visit(symbol.name, symbol);
  }
  const uri = checker.getSymbolsInScope(file, ts.SymbolFlags.Namespace).find((symbol) => symbol.name === "node");
  const http = uri && uri.exports.get("http");
  const declaration = http && http.exports.get("Uri");
  if (declaration !== undefined) for (const field of declaration.members.keys()) names.push("uri." + field);
  return names;
}

async function main() {
  const job = JSON.parse(await node.fs.cat(ARGV[2]));
  const libraries = (await node.fs.readdir(job.compiler)).filter((name) => /^lib\..*\.d\.ts$/.test(name));
  const compiler = node.fs.cat(job.compiler + "/typescript.js");
  await load(job.compiler, libraries);
  for (const program of job.programs) await load(job.folder, program.files);
  // What it has in place of `module` gets its exports; `process`, of which it asks whether it is there, is not.
  ts = node.compile("(function (module) {" + (await compiler) + "\nreturn module.exports; })", "typescript.js")({ exports: {} });
  const host = hostOf(job);
  const result = { version: ts.version, diagnostics: [], declared: [] };
  let last;
  job.programs.forEach(({ files, options }, index) => {
    const converted = ts.convertCompilerOptionsFromJson(options, job.folder);
    if (converted.errors.length > 0) throw new Error(JSON.stringify(converted.errors.map((error) => error.messageText)));
    last = ts.createProgram({ rootNames: files.map((name) => job.folder + "/" + name), options: converted.options, host });
    result.diagnostics.push(ts.getPreEmitDiagnostics(last).map((diagnostic) => shown(diagnostic, job.folder)));
    if (index === 0 && job.types) result.declared = declaredIn(last, job.folder + "/" + job.types);
  });
  p(result);
}

main();
