// Timers and watchers laid out as the validator lays them out: maps from names to vectors of
// identifiers, an object of its own for each, a task object with a promise for each that fires,
// and a copy of the account's data for each watcher that fires. It is written from what the
// validator does, with none of its code.

#include "asynchronous.h"

#include <algorithm>
#include <cstring>
#include <future>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

enum class Priority { low, normal, high };

struct Result {
    bool succeeded = false;
    uint64_t compute_units = 0;
};

struct Task {
    uint64_t id;
    std::string program;
    Priority priority;
    uint64_t slot;
    std::promise<Result> result;
};

struct Timer {
    uint64_t id;
    std::string program;
    int32_t mode;
    int32_t state = PENDING;
    uint64_t trigger_slot;
    uint64_t period;
    uint64_t deadline_slot = 0;
    uint64_t last_slot = 0;
    uint64_t executions = 0;
};

class Timers {
public:
    uint64_t create(const std::string &program, int32_t mode, uint64_t slot, uint64_t period)
    {
        std::lock_guard<std::mutex> guard(mutex_);
        auto &own = of_program_[program];
        if (own.size() >= MAX_TIMERS_PER_PROGRAM || timers_.size() >= MAX_TIMERS)
            return 0;
        if ((slot == 0 && mode != CONDITIONAL) || (mode == PERIODIC && period < 1))
            return 0;
        uint64_t id = ++issued_;
        auto timer = std::make_unique<Timer>();
        timer->id = id;
        timer->program = program;
        timer->mode = mode;
        timer->trigger_slot = slot;
        timer->period = period;
        timers_.emplace(id, std::move(timer));
        own.push_back(id);
        return id;
    }

    bool cancel(uint64_t id)
    {
        std::lock_guard<std::mutex> guard(mutex_);
        auto found = timers_.find(id);
        if (found == timers_.end())
            return false;
        found->second->state = CANCELLED;
        return true;
    }

    std::vector<Task> check(uint64_t slot)
    {
        std::lock_guard<std::mutex> guard(mutex_);
        std::vector<Task> tasks;
        for (auto &entry : timers_) {
            Timer &timer = *entry.second;
            if (timer.state != PENDING || timer.trigger_slot > slot)
                continue;
            tasks.push_back(Task{timer.id, timer.program, Priority::normal, slot, {}});
            timer.executions++;
            timer.last_slot = slot;
            if (timer.mode == ONE_SHOT)
                timer.state = COMPLETED;
            else if (timer.mode == PERIODIC)
                timer.trigger_slot = slot + timer.period;
            else if (timer.mode == DEADLINE && timer.deadline_slot > 0 &&
                     timer.deadline_slot < slot)
                timer.state = EXPIRED;
        }
        return tasks;
    }

    int64_t clean_up()
    {
        std::lock_guard<std::mutex> guard(mutex_);
        int64_t dropped = 0;
        for (auto place = timers_.begin(); place != timers_.end();) {
            const Timer &timer = *place->second;
            if (timer.state == PENDING) {
                ++place;
                continue;
            }
            auto &own = of_program_[timer.program];
            own.erase(std::remove(own.begin(), own.end(), timer.id), own.end());
            place = timers_.erase(place);
            dropped++;
        }
        return dropped;
    }

private:
    std::mutex mutex_;
    uint64_t issued_ = 0;
    std::unordered_map<uint64_t, std::unique_ptr<Timer>> timers_;
    std::unordered_map<std::string, std::vector<uint64_t>> of_program_;
};

struct Watcher {
    uint64_t id;
    std::string program;
    std::string account;
    int32_t trigger;
    uint64_t offset;
    int64_t threshold;
    std::vector<uint8_t> pattern;
    bool active = true;
    uint64_t last_slot = 0;
    uint64_t executions = 0;
    std::vector<uint8_t> state;
};

struct State {
    const std::vector<uint8_t> &data;
    uint64_t lamports;
};

// Where the validator's sum of offset and length wraps it reads outside the data; this does not.
bool fits(uint64_t offset, uint64_t length, const std::vector<uint8_t> &data)
{
    return length <= data.size() && offset <= data.size() - length;
}

int64_t number(const std::vector<uint8_t> &data, uint64_t offset)
{
    int64_t value = 0;
    if (fits(offset, sizeof value, data))
        std::memcpy(&value, data.data() + offset, sizeof value);
    return value;
}

bool crosses(const Watcher &watcher, const State &before, const State &after)
{
    if (!fits(watcher.offset, sizeof(int64_t), after.data))
        return false;
    int64_t was = number(before.data, watcher.offset), is = number(after.data, watcher.offset);
    if (watcher.trigger == ABOVE)
        return was <= watcher.threshold && is > watcher.threshold;
    return was >= watcher.threshold && is < watcher.threshold;
}

bool matches(const Watcher &watcher, const std::vector<uint8_t> &data)
{
    const auto &pattern = watcher.pattern;
    return fits(watcher.offset, pattern.size(), data) &&
           std::equal(pattern.begin(), pattern.end(), data.begin() + (ptrdiff_t)watcher.offset);
}

bool fires(const Watcher &watcher, const State &before, const State &after)
{
    switch (watcher.trigger) {
    case ANY_CHANGE:
        return before.data != after.data || before.lamports != after.lamports;
    case LAMPORT_CHANGE:
        return before.lamports != after.lamports;
    case DATA_CHANGE:
    case OWNER_CHANGE:
        return before.data != after.data;
    case ABOVE:
    case BELOW:
        return crosses(watcher, before, after);
    case PATTERN:
        return matches(watcher, after.data) && !matches(watcher, before.data);
    default:
        return false;
    }
}

class Watchers {
public:
    uint64_t create(const std::string &program, const std::string &account,
                    const watcher_request &request)
    {
        std::lock_guard<std::mutex> guard(mutex_);
        auto &own = of_program_[program];
        if (own.size() >= MAX_WATCHERS_PER_PROGRAM)
            return 0;
        if (request.kind == PLAIN && watchers_.size() >= MAX_WATCHERS)
            return 0;
        if (request.kind == THRESHOLD && request.trigger != ABOVE && request.trigger != BELOW)
            return 0;
        if (request.kind == PATTERN_OF_BYTES && request.length == 0)
            return 0;
        uint64_t id = ++issued_;
        auto watcher = std::make_unique<Watcher>();
        watcher->id = id;
        watcher->program = program;
        watcher->account = account;
        watcher->trigger = request.kind == PATTERN_OF_BYTES ? PATTERN : request.trigger;
        watcher->offset = request.kind == PLAIN ? 0 : request.offset;
        watcher->threshold = request.kind == THRESHOLD ? request.threshold : 0;
        if (request.kind == PATTERN_OF_BYTES)
            watcher->pattern.assign(request.pattern, request.pattern + request.length);
        watchers_.emplace(id, std::move(watcher));
        own.push_back(id);
        of_account_[account].push_back(id);
        return id;
    }

    std::vector<Task> check(const std::string &account, const State &before, const State &after,
                            uint64_t slot)
    {
        std::lock_guard<std::mutex> guard(mutex_);
        std::vector<Task> tasks;
        auto found = of_account_.find(account);
        if (found == of_account_.end())
            return tasks;
        for (uint64_t id : found->second) {
            Watcher &watcher = *watchers_.at(id);
            if (!watcher.active || slot - watcher.last_slot < 1)
                continue;
            if (!fires(watcher, before, after))
                continue;
            tasks.push_back(Task{watcher.id, watcher.program, Priority::high, slot, {}});
            watcher.last_slot = slot;
            watcher.executions++;
            watcher.state = after.data;
        }
        return tasks;
    }

private:
    std::mutex mutex_;
    uint64_t issued_ = 0;
    std::unordered_map<uint64_t, std::unique_ptr<Watcher>> watchers_;
    std::unordered_map<std::string, std::vector<uint64_t>> of_account_;
    std::unordered_map<std::string, std::vector<uint64_t>> of_program_;
};

std::string program_name(int32_t program)
{
    return "program_" + std::to_string(program);
}

std::string account_name(int32_t account)
{
    return "account_" + std::to_string(account);
}

struct Copies {
    explicit Copies(const change &of)
        : old_data(of.old_data, of.old_data + of.old_length),
          new_data(of.new_data, of.new_data + of.new_length), before{old_data, of.old_lamports},
          after{new_data, of.new_lamports}
    {
    }
    std::vector<uint8_t> old_data, new_data;
    State before, after;
};

void record(const std::vector<Task> &tasks, int64_t *fired)
{
    for (const Task &task : tasks)
        *fired++ = (int64_t)task.id;
}

} // namespace

extern "C" {

void *timers_new(int32_t)
{
    return new (std::nothrow) Timers;
}

void timers_free(void *timers)
{
    delete static_cast<Timers *>(timers);
}

int64_t timers_create(void *timers, int32_t program, int32_t mode, uint64_t slot, uint64_t period)
{
    auto &all = *static_cast<Timers *>(timers);
    return (int64_t)all.create(program_name(program), mode, slot, period);
}

int32_t timers_cancel(void *timers, int64_t id)
{
    return static_cast<Timers *>(timers)->cancel((uint64_t)id);
}

int64_t timers_check(void *timers, uint64_t slot, int64_t *fired)
{
    auto tasks = static_cast<Timers *>(timers)->check(slot);
    record(tasks, fired);
    return (int64_t)tasks.size();
}

int64_t timers_clean_up(void *timers)
{
    return static_cast<Timers *>(timers)->clean_up();
}

void *watchers_new(int32_t)
{
    return new (std::nothrow) Watchers;
}

void watchers_free(void *watchers)
{
    delete static_cast<Watchers *>(watchers);
}

int64_t watchers_create(void *watchers, const watcher_request *request)
{
    auto &all = *static_cast<Watchers *>(watchers);
    return (int64_t)all.create(program_name(request->program), account_name(request->account),
                               *request);
}

int64_t watchers_check(void *watchers, int32_t account, const change *given, uint64_t slot,
                       int64_t *fired)
{
    Copies states(*given);
    auto &all = *static_cast<Watchers *>(watchers);
    auto tasks = all.check(account_name(account), states.before, states.after, slot);
    record(tasks, fired);
    return (int64_t)tasks.size();
}

int64_t time_creates(int32_t count, int32_t programs, int64_t passes, int64_t *ids)
{
    int64_t elapsed = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        auto timers = std::make_unique<Timers>();
        int64_t begin = monotonic_ns();
        for (int32_t i = 0; i < count; i++)
            ids[i] = (int64_t)timers->create(program_name(i % programs), ONE_SHOT,
                                             benchmark_slot(i), 0);
        elapsed += monotonic_ns() - begin;
    }
    return elapsed;
}

int64_t time_cancels(int32_t count, const int64_t *ids, int64_t passes)
{
    int64_t elapsed = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        auto timers = std::make_unique<Timers>();
        for (int32_t i = 0; i < count; i++)
            timers->create(program_name(i / MAX_TIMERS_PER_PROGRAM), ONE_SHOT, benchmark_slot(i),
                           0);
        int64_t begin = monotonic_ns();
        for (int32_t i = 0; i < count; i++)
            timers->cancel((uint64_t)ids[i]);
        elapsed += monotonic_ns() - begin;
    }
    return elapsed;
}

int64_t time_checks(void *timers, uint64_t first_slot, int64_t checks, int64_t *fired)
{
    auto &all = *static_cast<Timers *>(timers);
    int64_t begin = monotonic_ns();
    for (int64_t i = 0; i < checks; i++)
        *fired += (int64_t)all.check(first_slot + (uint64_t)i).size();
    return monotonic_ns() - begin;
}

int64_t time_watcher_checks(void *watchers, const change *given, uint64_t first_slot,
                            int64_t checks, int64_t *fired)
{
    Copies states(*given);
    const std::string account = account_name(0);
    auto &all = *static_cast<Watchers *>(watchers);
    int64_t begin = monotonic_ns();
    for (int64_t i = 0; i < checks; i++)
        *fired += (int64_t)all.check(account, states.before, states.after, first_slot + (uint64_t)i)
                      .size();
    return monotonic_ns() - begin;
}

} // extern "C"
