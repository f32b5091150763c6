// Reads statements from its input, a list of them, and prints how many faults an independent validator finds in each.
const validate = require("@learninglocker/xapi-validation").default;
const statements = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(statements.map((statement) => validate(statement).length)));
