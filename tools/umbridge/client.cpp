#include "client.hpp"

#include <httplib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>

namespace alfi::umbridge {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr int kConnectSeconds = 5;
constexpr int kAnswerSeconds = 100 * 24 * 3600;  // models take as long as they take
constexpr double kFirstPause = 0.05, kMostPause = 2;

/// A port alone is one of this machine: nothing leaves it unless a host is named.
std::string full_url(const std::string& url) {
  const bool port = !url.empty() && std::all_of(url.begin(), url.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (port) return "http://127.0.0.1:" + url;
  if (url.rfind("http://", 0) == 0 && url.find('/', 7) == std::string::npos && url.size() > 7) return url;
  throw ServerError("got the URL \"" + url + "\", expected http://HOST:PORT or the number of a port");
}

std::vector<std::size_t> sizes_in(const Json& answer, const char* key) {
  std::vector<std::size_t> sizes;
  for (const Json& size : answer.at(key)) sizes.push_back(size.get<std::size_t>());
  return sizes;
}

std::size_t sum(const std::vector<std::size_t>& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});
}

/// What a server says of a request that it could not answer.
std::string complaint(int status, const std::string& body) {
  const Json json = Json::parse(body, nullptr, false);
  if (json.is_object() && json.contains("error") && json["error"].is_object()) {
    return json["error"].value("type", "error") + ": " + json["error"].value("message", "");
  }
  return "HTTP status " + std::to_string(status) + ": " + body.substr(0, 200);
}

}  // namespace

struct Client::State {
  struct Answer {
    int status;
    std::string body;
  };

  explicit State(const Options& o) : options(o), config(Json::parse(o.config, nullptr, false)) {
    if (!config.is_object()) throw ServerError("got the config " + o.config + ", expected a JSON object");
    if (options.urls.empty()) throw ServerError("got no URL, expected at least one");
    for (std::string& url : options.urls) {
      url = full_url(url);
      connections.push_back(std::make_unique<httplib::Client>(url));
      connections.back()->set_keep_alive(true);
      connections.back()->set_tcp_nodelay(true);
      connections.back()->set_connection_timeout(kConnectSeconds);
      connections.back()->set_read_timeout(kAnswerSeconds);
      connections.back()->set_write_timeout(kAnswerSeconds);
    }
    // Workers beside each other begin with different servers.
    next = static_cast<std::size_t>(::getpid()) % connections.size();
  }

  /// From the next server that answers at all.
  Answer ask(const std::string& path, const Json* body) {
    const Clock::time_point start = Clock::now();
    std::string why;
    for (double pause = kFirstPause;; pause = std::min(2 * pause, kMostPause)) {
      for (std::size_t tried = 0; tried < connections.size(); ++tried) {
        httplib::Client& server = *connections[next];
        const std::string& url = options.urls[next];
        next = (next + 1) % connections.size();
        const httplib::Result result =
            body == nullptr ? server.Get(path) : server.Post(path, body->dump(), "application/json");
        if (result) return {result->status, result->body};
        why = url + path + ": " + httplib::to_string(result.error());
      }
      const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      if (seconds + pause > options.patience) throw ServerError(why);
      std::this_thread::sleep_for(std::chrono::duration<double>(pause));
    }
  }

  /// Throws ServerError for anything but an object without an error.
  Json ask_for_object(const std::string& path, const Json* body) {
    const Answer answer = ask(path, body);
    const Json json = Json::parse(answer.body, nullptr, false);
    if (answer.status != 200 || !json.is_object() || json.contains("error")) {
      throw ServerError(path + ": " + complaint(answer.status, answer.body));
    }
    return json;
  }

  void introduce() {
    const Json info = ask_for_object("/Info", nullptr);
    const double version = info.value("protocolVersion", 0.0);
    if (version < 1 || version >= 2) {
      throw ServerError("/Info: the protocol's version is " + std::to_string(version) + ", expected 1.0");
    }
    const auto models = info.value("models", std::vector<std::string>());
    if (std::find(models.begin(), models.end(), options.model) == models.end()) {
      throw ServerError("/Info: serves " + Json(models).dump() + ", expected the model " + options.model);
    }
    const Json name = {{"name", options.model}, {"config", config}};
    const Json about = ask_for_object("/ModelInfo", &name);
    if (!about.value("support", Json::object()).value("Evaluate", false)) {
      throw ServerError("/ModelInfo: " + options.model + " does not support Evaluate");
    }
    inputs = sizes_in(ask_for_object("/InputSizes", &name), "inputSizes");
    outputs = sizes_in(ask_for_object("/OutputSizes", &name), "outputSizes");
  }

  Options options;
  Json config;
  std::vector<std::unique_ptr<httplib::Client>> connections;
  std::size_t next = 0;
  std::vector<std::size_t> inputs, outputs;
};

Client::Client(const Options& options) : state_(std::make_unique<State>(options)) {
  try {
    state_->introduce();
  } catch (const Json::exception& error) {
    throw ServerError(std::string("an answer that is not of the protocol: ") + error.what());
  }
}

Client::~Client() = default;
std::size_t Client::inputs() const { return sum(state_->inputs); }
std::size_t Client::outputs() const { return sum(state_->outputs); }

bool Client::evaluate(const std::vector<double>& theta, std::uint64_t seed, std::vector<double>& x, std::string& why) {
  Json request = {{"name", state_->options.model}, {"input", Json::array()}, {"config", state_->config}};
  request["config"]["seed"] = seed & ((std::uint64_t{1} << 53) - 1);
  auto begin = theta.begin();
  for (const std::size_t size : state_->inputs) {
    const auto end = begin + static_cast<std::ptrdiff_t>(size);
    request["input"].push_back(std::vector<double>(begin, end));
    begin = end;
  }
  const State::Answer answer = state_->ask("/Evaluate", &request);
  const Json json = Json::parse(answer.body, nullptr, false);
  if (answer.status != 200 || !json.is_object() || json.contains("error")) {
    why = complaint(answer.status, answer.body);
    return false;
  }
  x.clear();
  try {
    for (const Json& vector : json.at("output")) {
      for (const Json& number : vector) x.push_back(number.get<double>());
    }
  } catch (const Json::exception& error) {
    why = std::string("its output is not numbers: ") + error.what();
    return false;
  }
  if (x.size() == outputs()) return true;
  why = "its output has " + std::to_string(x.size()) + " numbers, expected " + std::to_string(outputs());
  return false;
}

}  // namespace alfi::umbridge
