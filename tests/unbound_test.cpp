// SPDX-License-Identifier: Apache-2.0
// What bind refused must not be run: with assertions the program stops and says so.
#undef NDEBUG
#include <span>
#include <string>
#include <utility>

#include "octet/add.hpp"
#include "octet/concat.hpp"
#include "octet/fully_connected.hpp"
#include "octet/logistic.hpp"
#include "octet/max_pool2d.hpp"
#include "octet/mean.hpp"
#include "octet/pad.hpp"
#include "octet/requantize.hpp"
#include "octet/softmax.hpp"
#include "octet/split.hpp"
#include "support/catch.hpp"

#if __has_include(<sys/wait.h>)
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace {

// What a process that does this writes to its standard error before it aborts, empty if it does
// not.
template <class Action>
std::string last_words(Action action) {
  int ends[2] = {};
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // the test framework would report it
    dup2(ends[1], STDERR_FILENO);
    action();
    _exit(0);
  }
  close(ends[1]);
  std::string words;
  char buffer[256];
  for (ssize_t count = 0; (count = read(ends[0], buffer, sizeof buffer)) > 0;) {
    words.append(buffer, static_cast<std::size_t>(count));
  }
  close(ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT ? words : "";
}

}  // namespace

// One of each family.
TEMPLATE_TEST_CASE("what was not bound stops with a message", "", octet::Add<std::int8_t>,
                   octet::Requantize<std::int8_t>, octet::Logistic<std::int8_t>,
                   octet::Mean<std::int8_t>, octet::MaxPool2d<std::int8_t>,
                   octet::Softmax<std::int8_t>, octet::Pad<std::int8_t>, octet::Concat<std::int8_t>,
                   octet::Split<std::int8_t>, octet::FullyConnected<std::int8_t>) {
  const typename TestType::Bound unbound;
  CHECK_THAT(last_words([&] { unbound.run(); }),
             Catch::Contains("was never bound: look at the status of bind"));
}

#else
TEST_CASE("what was not bound stops with a message where processes can be watched") { SUCCEED(); }
#endif
