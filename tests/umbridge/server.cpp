// A server of UM-Bridge's protocol 1.0 for the tests: umbridge_server PORT. Its model "counts" makes counts of a rate
// from config.seed; a rate above config.most is an error. "half" says the sum of two input vectors, and cannot be
// evaluated where it is above 100.
#include <httplib.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>

namespace {

using Json = nlohmann::json;

void say(httplib::Response& response, const Json& json, int status = 200) {
  response.status = status;
  response.set_content(json.dump(), "application/json");
}

void refuse(httplib::Response& response, const char* type, const char* message) {
  say(response, {{"error", {{"type", type}, {"message", message}}}}, 400);
}

void evaluate(const Json& request, httplib::Response& response) {
  const Json& input = request.at("input");
  const Json& config = request.at("config");
  if (request.at("name") == "half") {
    const double sum = input.at(0).at(0).get<double>() + input.at(1).at(0).get<double>();
    if (sum > 100) return say(response, {{"output", {{nullptr}}}});
    return say(response, {{"output", {{sum}, {-sum, 0.5 * sum}}}});
  }
  const double rate = input.at(0).at(0).get<double>();
  if (rate > config.value("most", 1e9)) return refuse(response, "InvalidInput", "too fast a source");
  std::mt19937_64 random(config.at("seed").get<std::uint64_t>());
  int count = 0;
  const auto step = [&] { return -std::log1p(-0x1p-53 * static_cast<double>(random() >> 11)); };
  for (double time = step(); time < rate; time += step()) ++count;
  say(response, {{"output", {{count}}}});
}

}  // namespace

int main(int argc, char** argv) {
  httplib::Server server;
  const auto sizes_of = [](const char* key, const Json& counts, const Json& half) {
    return [=](const httplib::Request& request, httplib::Response& response) {
      say(response, {{key, Json::parse(request.body).at("name") == "half" ? half : counts}});
    };
  };
  server.Get("/Info", [](const httplib::Request&, httplib::Response& response) {
    say(response, {{"protocolVersion", 1.0}, {"models", {"counts", "half"}}});
  });
  server.Post("/ModelInfo", [](const httplib::Request&, httplib::Response& response) {
    say(response, {{"support", {{"Evaluate", true}}}});
  });
  server.Post("/InputSizes", sizes_of("inputSizes", {1}, {1, 1}));
  server.Post("/OutputSizes", sizes_of("outputSizes", {1}, {1, 2}));
  server.Post("/Evaluate", [](const httplib::Request& request, httplib::Response& response) {
    evaluate(Json::parse(request.body), response);
  });
  server.set_tcp_nodelay(true);
  return argc == 2 && server.listen("127.0.0.1", std::atoi(argv[1])) ? 0 : 1;
}
