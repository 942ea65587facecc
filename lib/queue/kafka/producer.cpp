#include "queue/kafka/producer.h"

#include <array>

#include "log/log.h"
#include "queue/kafka/kafka_queue.h"
#include "queue/kafka/message.h"

namespace vote::kafka {
namespace {

constexpr Duration kPollInterval = std::chrono::milliseconds(100);
// librdkafka looks once a second for what has timed out; whatever it has not answered by
// kAppendTimeMax is answered without it.
constexpr Duration kMessageTimeout = std::chrono::seconds(3);
constexpr std::size_t kLocalKilobytesMax = 65'536;
constexpr std::size_t kMessageBytesMax = KafkaQueue::kValueBytesMax + 65'536;  // key, headers

Moment now() {
  return std::chrono::steady_clock::now();
}

AppendFailure not_sent(const std::string& why) {
  return {false, why};
}

bool is_too_long(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
}

rd_kafka_vu_t argument(rd_kafka_vtype_t type) {
  rd_kafka_vu_t argument{};
  argument.vtype = type;
  return argument;
}

rd_kafka_vu_t bytes(rd_kafka_vtype_t type, const std::string& bytes) {
  rd_kafka_vu_t argument{};
  argument.vtype = type;
  argument.u.mem = {const_cast<char*>(bytes.data()), bytes.size()};  // NOLINT: it is copied
  return argument;
}

}  // namespace

/// One producer of librdkafka's and the thread that answers.
class Producer::Generation {
 public:
  Generation(const KafkaSettings& settings, Watch& watch) : watch_(watch) {
    Conf conf = conf_of(
        settings, {{"acks", "all"},
                   {"enable.idempotence", "false"},
                   {"message.timeout.ms", std::to_string(milliseconds(kMessageTimeout))},
                   {"request.timeout.ms", std::to_string(milliseconds(kMessageTimeout))},
                   {"message.max.bytes", std::to_string(kMessageBytesMax)},
                   {"queue.buffering.max.messages", std::to_string(KafkaQueue::kAppendsWaitingMax)},
                   {"queue.buffering.max.kbytes", std::to_string(kLocalKilobytesMax)}});
    rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    client_ = client_of(RD_KAFKA_PRODUCER, std::move(conf), settings);
    events_.reset(rd_kafka_queue_get_main(client_.get()));
    thread_ = std::thread([this] { answer(); });
  }

  ~Generation() {
    if (watch_.ready() && !is_fatal())
      rd_kafka_flush(client_.get(), milliseconds(KafkaQueue::kAppendTimeMax));
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(client_.get(), milliseconds(kPollInterval));
    stopping_ = true;
    thread_.join();
    events_.reset();
    client_.reset();
    for (auto& done : waiting_.take_all())
      done(AppendFailure{true, "the queue ended before the brokers answered"});
  }
  Generation(const Generation&) = delete;

  /// Takes `done`, or says why not.
  std::optional<AppendFailure> send(const Record& record, Completion<AppendResult>& done) {
    if (is_fatal()) {  // which librdkafka itself asks only where it is idempotent
      watch_.doubt();
      return not_sent("the producer has given up: another one takes its place");
    }
    const auto number = waiting_.add(done, now() + KafkaQueue::kAppendTimeMax);
    if (!number)
      return not_sent(std::to_string(KafkaQueue::kAppendsWaitingMax) +
                      " appends wait for the brokers already");
    auto refusal = hand_over(record, *number);
    if (!refusal) return std::nullopt;
    auto mine = waiting_.take(*number);
    if (!mine) return std::nullopt;
    done = std::move(*mine);
    return refusal;
  }

  bool is_fatal() const {
    std::array<char, 1> words{};
    return rd_kafka_fatal_error(client_.get(), words.data(), words.size()) !=
           RD_KAFKA_RESP_ERR_NO_ERROR;
  }

  void fail_for_good() {
    rd_kafka_test_fatal_error(client_.get(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                              "as a test wants it");
  }

 private:
  /// Why librdkafka did not take it; nothing where it did.
  std::optional<AppendFailure> hand_over(const Record& record, std::uint64_t number) {
    std::array<rd_kafka_vu_t, 7> arguments{};
    std::size_t count = 0;
    const auto add = [&](const rd_kafka_vu_t& one) -> rd_kafka_vu_t& {
      return arguments.at(count++) = one;
    };
    add(argument(RD_KAFKA_VTYPE_TOPIC)).u.cstr = record.topic.c_str();
    add(argument(RD_KAFKA_VTYPE_PARTITION)).u.i32 = record.partition;
    add(argument(RD_KAFKA_VTYPE_MSGFLAGS)).u.i = RD_KAFKA_MSG_F_COPY;
    // A number and no pointer: what was answered without librdkafka is not there any more.
    add(argument(RD_KAFKA_VTYPE_OPAQUE)).u.ptr =
        reinterpret_cast<void*>(static_cast<std::uintptr_t>(number));  // NOLINT
    add(bytes(RD_KAFKA_VTYPE_KEY, record.key));
    if (record.value) add(bytes(RD_KAFKA_VTYPE_VALUE, *record.value));
    HeadersHandle headers;
    if (!record.headers.empty()) {
      headers = handle_of(record.headers);
      add(argument(RD_KAFKA_VTYPE_HEADERS)).u.headers = headers.get();
    }
    const Failure failure(rd_kafka_produceva(client_.get(), arguments.data(), count));
    if (failure)
      return AppendFailure{false, rd_kafka_error_string(failure.get()),
                           is_too_long(rd_kafka_error_code(failure.get()))};
    (void)headers.release();  // the message's now
    return std::nullopt;
  }

  void answer() {
    while (!stopping_) {
      const Event event(rd_kafka_queue_poll(events_.get(), milliseconds(kPollInterval)));
      if (event) take(*event);
      for (auto& done : waiting_.take_overdue(now()))
        done(AppendFailure{
            true, "the brokers did not answer within " + to_text(KafkaQueue::kAppendTimeMax)});
    }
  }

  /// Of librdkafka's: deliveries, or trouble with the brokers.
  void take(rd_kafka_event_t& event) {
    if (rd_kafka_event_type(&event) == RD_KAFKA_EVENT_ERROR) {
      const auto code = rd_kafka_event_error(&event);
      if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        watch_.lost(rd_kafka_event_error_string(&event));
      if (code == RD_KAFKA_RESP_ERR__FATAL) watch_.doubt();
    }
    while (const rd_kafka_message_t* message = rd_kafka_event_message_next(&event)) {
      const auto number = reinterpret_cast<std::uintptr_t>(message->_private);  // NOLINT
      if (auto done = waiting_.take(number)) (*done)(answer_of(*message));
    }
  }

  AppendResult answer_of(const rd_kafka_message_t& message) {
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (message.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
          message.err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
        watch_.doubt();
      // Also where librdkafka says "not persisted": a broker that is no leader any more may have
      // appended it before it said so, and what then waits to be sent again times out as if it had
      // never been sent.
      return AppendFailure{true, rd_kafka_err2str(message.err), is_too_long(message.err)};
    }
    watch_.heard();
    const auto stamp = stamp_of(message);
    if (stamp && message.offset >= 0) return Appended{message.partition, message.offset, *stamp};
    watch_.doubt();
    return AppendFailure{true,
                         "the brokers acknowledged a message without its place or their time"};
  }

  Watch& watch_;
  Waiting waiting_{KafkaQueue::kAppendsWaitingMax};
  Client client_;
  EventQueue events_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

Producer::Producer(const KafkaSettings& settings, Watch& watch)
    : settings_(settings),
      watch_(watch),
      generation_(std::make_unique<Generation>(settings, watch)) {}

Producer::~Producer() = default;

void Producer::send(const Record& record, Completion<AppendResult> done) {
  if (const auto trouble = watch_.ready() ? std::nullopt : watch_.trouble())
    return done(not_sent(trouble->why));
  std::optional<AppendFailure> refusal;
  {
    const std::shared_lock lock(mutex_);
    refusal = generation_->send(record, done);
  }
  if (refusal) done(*refusal);
}

void Producer::renew_if_fatal() {
  if (!generation_->is_fatal()) return;
  auto other = std::make_unique<Generation>(settings_, watch_);
  {
    const std::unique_lock lock(mutex_);
    generation_.swap(other);
  }
  log::warn("producer_renewed", {{"brokers", settings_.brokers}});
}

void Producer::fail_for_good() {
  const std::shared_lock lock(mutex_);
  generation_->fail_for_good();
}

}  // namespace vote::kafka
