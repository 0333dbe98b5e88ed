// SPDX-License-Identifier: Apache-2.0
#include "runner.hpp"

#include <exception>
#include <string>

#include "operations.hpp"

namespace conformance {
namespace {

struct Context {
  const CaseFile& file;
  std::string where;
  Report& report;
};

std::vector<std::int64_t> expected_values(const CaseFile& file, const std::string& field) {
  if (file.has(field) && file.json().at(Json::json_pointer("/" + field)).is_number_integer()) {
    return {file.integer(field)};
  }
  return file.integers(field);
}

// Counts one result: all columns agree, or the first that does not, or a reason.
void count(const Context& context, const std::string& operation, const std::string& backend,
           const Evaluation& evaluation) {
  if (!evaluation.skipped.empty()) return context.report.skip(operation, evaluation.skipped);
  if (!evaluation.refused.empty()) {
    return context.report.fail(operation, context.where, backend, evaluation.refused);
  }
  for (const Column& column : evaluation.columns) {
    const std::string& field = column.field;
    const std::string message =
        column.reals.empty()
            ? Report::difference(field, expected_values(context.file, field), column.values)
            : Report::difference(field, context.file.reals(field), column.reals);
    if (!message.empty()) return context.report.fail(operation, context.where, backend, message);
  }
  context.report.pass(operation);
}

void run_operation(const Context& context, const Operation& operation, const Selection& selection) {
  const auto evaluate_on = [&](const octet::Backend* backend, const char* name) {
    try {
      count(context, operation.name, name, operation.evaluate(context.file, backend));
    } catch (const std::exception& error) {
      context.report.fail(operation.name, context.where, name, error.what());
    }
  };
  if (selection.reference || operation.runs == Runs::unprepared) {
    evaluate_on(nullptr, "reference");
  }
  if (operation.runs == Runs::everywhere) {
    for (const octet::Backend* backend : selection.backends) evaluate_on(backend, backend->name);
  }
  if (operation.runs == Runs::portably && !selection.backends.empty()) {
    evaluate_on(selection.backends.front(), "prepared");
  }
  if (operation.parameters == nullptr) return;
  const std::string row = std::string(operation.name) + " parameters";
  try {
    if (const auto evaluation = operation.parameters(context.file)) {
      count(context, row, "quantize", *evaluation);
    }
  } catch (const std::exception& error) {
    context.report.fail(row, context.where, "quantize", error.what());
  }
}

}  // namespace

void run_file(const std::filesystem::path& path, const Selection& selection, Report& report) {
  const std::string where = path.generic_string();
  try {
    const Json json = read_json(path);
    if (path.filename() == "manifest.json") {
      return run_model(path.parent_path(), json, selection, report);
    }
    const CaseFile file(json);
    // A table that TensorFlow Lite builds has a description where a case has an operation.
    const bool is_table = !file.has("op") && file.has("what");
    const std::string name = is_table ? "table " + file.text("name") : file.text("op");
    const std::string reason = missing(name, file);
    if (!reason.empty()) return report.skip(name, reason);
    if (const Operation* operation = find_operation(name)) {
      return run_operation({file, where, report}, *operation, selection);
    }
    report.fail("unknown", where, "any", "nobody knows an operation " + name);
  } catch (const std::exception& error) {
    report.fail("unreadable", where, "any", error.what());
  }
}

}  // namespace conformance
