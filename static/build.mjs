// Turns static/src into static/dist: a style sheet and a script for all pages, both again for the map's, images, and a manifest of content-hashed names.
// Called by static/build.py, which decides whether there is anything to do.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import * as esbuild from "esbuild";
import * as sass from "sass";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(here);
const source = path.join(here, "src");
const target = path.join(here, "dist");
// Phones of the last six years, WeChat's built-in browser among them.
const styleTarget = ["chrome87", "safari14"];
const scriptTarget = "es2020";

function hashed(name, bytes) {
  const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const { name: stem, ext } = path.parse(name);
  return `${stem}-${digest}${ext}`;
}

async function styles(name) {
  const compiled = sass.compile(path.join(source, name), {
    loadPaths: [path.join(root, "node_modules"), source],
    quietDeps: true,
  });
  const result = await esbuild.transform(compiled.css, { loader: "css", minify: true, target: styleTarget });
  return Buffer.from(result.code);
}

async function scripts(name) {
  const result = await esbuild.build({
    entryPoints: [path.join(source, name)],
    bundle: true,
    minify: true,
    format: "iife",
    target: scriptTarget,
    legalComments: "none",
    write: false,
  });
  return Buffer.from(result.outputFiles[0].contents);
}

const files = {
  "app.css": await styles("app.scss"),
  "app.js": await scripts("app.js"),
  "map.css": await styles("map.scss"),
  "map.js": await scripts("map.js"),
};
const made = Object.keys(files);
for (const name of await readdir(path.join(source, "images"))) {
  files[name] = await readFile(path.join(source, "images", name));
}

// A running server keeps reading the old manifest, so the new files come first and stale ones go last.
await mkdir(target, { recursive: true });
const manifest = {};
for (const [name, bytes] of Object.entries(files)) {
  manifest[name] = hashed(name, bytes);
  await writeFile(path.join(target, manifest[name]), bytes);
}
await writeFile(path.join(target, "manifest.json.new"), JSON.stringify(manifest, null, 1) + "\n");
await rename(path.join(target, "manifest.json.new"), path.join(target, "manifest.json"));
const kept = new Set([...Object.values(manifest), "manifest.json", ".built"]);
for (const name of await readdir(target)) {
  if (!kept.has(name)) await rm(path.join(target, name), { recursive: true });
}
for (const name of made) console.log(`static/dist/${manifest[name]}  ${files[name].length} bytes`);
