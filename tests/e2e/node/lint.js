// Lint an OpenAPI document: lint.js FILE. Prints what is wrong, a line each; exit 1 if anything is.
//
// A request's example that shows a mistake says `x-wrong: true`: the linter must find it wrong.
"use strict";

const fs = require("fs");
const { createConfig, lint, parseYaml } = require("@redocly/openapi-core");

// The strictest set that the linter has, what it leaves to choice, and what does not fit here.
const rules = {
  "no-invalid-parameter-examples": "error",
  "no-invalid-schema-examples": "error",
  "operation-4xx-response": "off", // Nobody refuses a probe.
};
const EXAMPLE_RULES = ["no-invalid-media-type-examples", "no-invalid-parameter-examples"];

function pointersOfWrong(value, pointer, found) {
  if (value === null || typeof value !== "object")
    return found;
  if (value["x-wrong"])
    found.add(pointer);
  for (const [name, inner] of Object.entries(value))
    pointersOfWrong(inner, `${pointer}/${name.replace(/~/g, "~0").replace(/\//g, "~1")}`, found);
  return found;
}

async function main(file) {
  const wrong = pointersOfWrong(parseYaml(fs.readFileSync(file, "utf8")), "#", new Set());
  const missed = new Set(wrong);
  const config = await createConfig({ extends: ["recommended-strict"], rules });
  for (const problem of await lint({ ref: file, config })) {
    const { pointer } = problem.location[0];
    const meant = EXAMPLE_RULES.includes(problem.ruleId) &&
      [...wrong].find((each) => `${pointer}/`.startsWith(`${each}/`));
    missed.delete(meant);
    if (!meant) {
      console.log(`${problem.severity} ${problem.ruleId} ${pointer}: ${problem.message}`);
      process.exitCode = 1;
    }
  }
  for (const pointer of missed) {
    console.log(`error x-wrong ${pointer}: nothing is wrong with this example`);
    process.exitCode = 1;
  }
}

main(process.argv[2]);
