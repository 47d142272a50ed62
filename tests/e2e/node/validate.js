// Validate values against the schemas of an OpenAPI document.
//
// stdin:  {"document": …, "checks": [{"what": "…", "schema": "#/components/schemas/Saga", "value": …}]}
// stdout: what is wrong, a line each; exit 1 if anything is.
"use strict";

const fs = require("fs");
const Ajv = require("ajv/dist/2020");
const addFormats = require("ajv-formats");

const ajv = new Ajv({ allErrors: true, strict: false, validateSchema: false });
addFormats(ajv);

const { document, checks } = JSON.parse(fs.readFileSync(0, "utf8"));
ajv.addSchema(document, "document");
for (const { what, schema, value } of checks) {
  const validate = ajv.compile({ $ref: `document${schema}` });
  if (validate(value))
    continue;
  process.exitCode = 1;
  for (const error of validate.errors)
    console.log(`${what}: ${error.instancePath || "/"} ${error.message} ` +
      `${JSON.stringify(error.params)}`);
}
