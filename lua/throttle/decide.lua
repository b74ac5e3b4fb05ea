-- Checks all limits of a request, then charges all of them or none.
--- @include session/record.lua
--- @enum throttle/rule.hpp Algorithm
--
-- KEYS[1]        the subject's sessions, only if ARGV[6] is not ''; the states follow
-- KEYS[..]       the state of each counter, with the words of src/throttle/layout.hpp as
--                little-endian doubles. A double holds whole microseconds exactly until the year
--                2255
-- ARGV[1]        the time in microseconds since 1970; '' for the server's clock
-- ARGV[2]        the rules that count, as bits: bit i is rule i
-- ARGV[3]        how many times each cost is charged
-- ARGV[4]        'all': ARGV[3] times or none; 'some': as many of them as have room
-- ARGV[5]        'charge', or 'peek' to charge nothing
-- ARGV[6]        the id of a session that must be alive, or ''
-- ARGV[7]        the refresh issue of that session
-- ARGV[8]        when that issue was made, in microseconds since 1970
-- ARGV[9]        the time in microseconds since 1970 at which the session must not have expired
-- ARGV[10..]     the packed group of each counter: see pack() in src/throttle/layout.cpp
-- Reply          'unknown' or 'revoked' if the session is not alive. Otherwise doubles: how many
--                times are granted; then for each limit that counts: allowed (1 or 0), remaining,
--                reset and retry after in microseconds (-1: never)
local clock, rules, times = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local takes_some, charging = ARGV[4] == 'some', ARGV[5] == 'charge'
local session_id, session_issue, session_issued, session_time = ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local FIRST_GROUP = 10
local SMALL = 512  -- words; a state up to this size is read and written as a whole
local SLIDING, GCRA = Algorithm.sliding_window, Algorithm.gcra
local call, encode, decode = redis.call, struct.pack, struct.unpack
local first = 1
if session_id ~= '' then
  local record = call('HGET', key, session_id)
  local session = record and parse(record)
  if not lives(session, session_time) then
    return 'unknown'
  end
  if not is_current(session, session_issue, session_issued) then
    return 'revoked'
  end
  first = 2
end

local now = tonumber(clock)
if not now then
  local time = call('TIME')
  now = time[1] * 1000000 + time[2]
end

-- Reads the state of a counter. `packed` is its group. Returns a table:
--
--   name       the key
--   text       of a small state: all its bytes, changed by put() and written once by write().
--              false for a large state: its head is read here, and a word of a ring when it is
--              needed
--   head_size  bytes before the first ring
--   limits     the limits of the group, below
--   time       the time of the decision: the clock plus `offset`
--   offset     word 1 of the state: the correction that keeps time from running backwards
--
-- A limit has the values of its rule (algorithm, shadow, most, interval, cost), `counts` (the rule
-- is in ARGV[2]), `ring` (the word at which its ring begins), and its two words of the state under
-- the names of its algorithm:
--
--   sliding window   charged  how many charges so far; charge n is at word n % most of the ring
--                    left     how many of them have left the window
--   bucket (gcra)    full_at  when the bucket is full again
--   fixed window     start    when the window began
--                    count    how many charges in it
--
-- evaluate() sets allowed, remaining, reset, retry and asked (the cost of this request). charge()
-- sets is_charged. Tables are made with all their fields, because adding a field later costs more
-- than the rest of the script.
local function open(name, packed)
  local small = decode('<d', packed) <= SMALL
  local head_size = 16 + (#packed - 8) / 4
  local head = small and (call('GET', name) or '') or call('GETRANGE', name, 0, head_size - 1)
  local known = #head > 0
  local last, offset = 0, 0
  if known then
    last, offset = decode('<dd', head)
  end
  local time = now + offset
  if time < last then
    -- The clock was set back. The new offset is written even if the request is denied. Otherwise
    -- time would stand still until the clock has reached the last charge again.
    time, offset = last, last - now
    call('SETRANGE', name, 8, encode('<d', offset))
  end
  local limits = {}
  for at = 9, #packed, 64 do
    local algorithm, shadow, most, interval, cost, place, ring, rule =
      decode('<dddddddd', packed, at)
    local word1, word2 = 0, 0
    if known then
      word1, word2 = decode('<dd', head, place * 8 + 1)
    end
    limits[#limits + 1] = {
      algorithm = algorithm, shadow = shadow == 1, most = most, interval = interval,
      cost = cost, asked = 0, ring = ring,
      charged = word1, left = word2,  -- of a sliding window
      full_at = word1,                -- of a bucket
      start = word1, count = word2,   -- of a fixed window
      counts = math.floor(rules / 2 ^ rule) % 2 == 1,
      allowed = false, is_charged = false, remaining = 0, reset = 0, retry = 0,
    }
  end
  return {name = name, text = small and head, head_size = head_size, limits = limits, time = time,
          offset = offset}
end

-- Writes words into the state, beginning at word `at`.
local function put(state, at, words)
  local from = at * 8
  local text = state.text
  if not text then
    call('SETRANGE', state.name, from, words)
    return
  end
  if #text < from then
    text = text .. string.rep('\0', from - #text)
  end
  state.text = string.sub(text, 1, from) .. words .. string.sub(text, from + #words + 1)
end

-- Returns the two words of a limit that are stored.
local function words_of(limit)
  if limit.algorithm == SLIDING then
    return limit.charged, limit.left
  elseif limit.algorithm == GCRA then
    return limit.full_at, 0
  end
  return limit.start, limit.count
end

-- Returns the time of the charge of that number in a sliding window.
local function time_of(state, limit, number)
  local from = (limit.ring + number % limit.most) * 8
  if state.text then
    return (decode('<d', state.text, from + 1))
  end
  return (decode('<d', call('GETRANGE', state.name, from, from + 7)))
end

-- Returns the microseconds that one request takes from a bucket. Rounded up, so that the error
-- admits too few requests, not too many.
local function unit(limit)
  return math.ceil(limit.interval / limit.most)
end

-- Returns the number of the first charge that is still in the window. The steps double and then
-- halve: fast if few charges have left the window, and logarithmic after a long pause.
local function first_in_window(state, limit)
  local edge, from, count = state.time - limit.interval, limit.left, limit.charged
  if from >= count or time_of(state, limit, from) > edge then
    return from
  end
  local gone, step = from, 1
  while gone + step < count and time_of(state, limit, gone + step) <= edge do
    gone = gone + step
    step = step * 2
  end
  local there = math.min(gone + step, count)
  while there - gone > 1 do
    local middle = math.floor((gone + there) / 2)
    if time_of(state, limit, middle) <= edge then
      gone = middle
    else
      there = middle
    end
  end
  return there
end

-- Sets allowed, remaining, reset and retry for a charge of `count` times the cost.
local function evaluate(state, limit, count)
  local time, asked = state.time, limit.cost * count
  limit.asked = asked
  limit.retry = 0
  if limit.algorithm == SLIDING then
    limit.left = first_in_window(state, limit)
    local used = limit.charged - limit.left
    limit.remaining = limit.most - used
    limit.reset = used > 0 and time_of(state, limit, limit.left) + limit.interval - time or 0
    if asked > limit.remaining and asked <= limit.most then
      local leaving = limit.left + asked - limit.remaining - 1
      limit.retry = time_of(state, limit, leaving) + limit.interval - time
    end
  elseif limit.algorithm == GCRA then
    local one = unit(limit)
    local capacity = one * limit.most
    local debt = math.max(0, limit.full_at - time)
    limit.remaining = math.floor((capacity - debt) / one)
    limit.reset = debt > 0 and debt - (capacity - (limit.remaining + 1) * one) or 0
    limit.retry = debt + asked * one - capacity
  else
    if time >= limit.start + limit.interval then
      limit.count = 0
    end
    limit.remaining = limit.most - limit.count
    limit.retry = limit.start + limit.interval - time
    limit.reset = limit.count > 0 and limit.retry or 0
  end
  limit.allowed = asked <= limit.remaining
  if limit.allowed then
    limit.retry = 0
  elseif asked > limit.most then
    limit.retry = -1
  end
end

-- Charges the limit in memory and updates remaining and reset.
local function charge(state, limit)
  local time, asked = state.time, limit.asked
  if limit.algorithm == SLIDING then
    local at = limit.charged % limit.most
    local until_end = math.min(asked, limit.most - at)
    local stamp = encode('<d', time)
    put(state, limit.ring + at, string.rep(stamp, until_end))
    if until_end < asked then
      put(state, limit.ring, string.rep(stamp, asked - until_end))
    end
    limit.charged = limit.charged + asked
  elseif limit.algorithm == GCRA then
    limit.full_at = math.max(time, limit.full_at) + asked * unit(limit)
  else
    if limit.count == 0 then
      limit.start = time
    end
    limit.count = limit.count + asked
  end
  limit.is_charged = true
  limit.remaining = limit.remaining - asked
  if limit.reset == 0 then
    limit.reset = limit.algorithm == GCRA and unit(limit) or limit.interval
  end
end

-- Returns the microseconds until the limit is as if never charged.
local function time_until_idle(state, limit)
  if limit.algorithm == GCRA then
    return limit.full_at - state.time
  elseif limit.algorithm == SLIDING then
    if limit.is_charged then
      return limit.interval
    end
    return limit.charged > 0 and
      time_of(state, limit, limit.charged - 1) + limit.interval - state.time or 0
  end
  return limit.start + limit.interval - state.time
end

-- Charges all limits of the state that count and allow, and writes the state with its expiry.
local function write(state)
  local is_charged = false
  for _, limit in ipairs(state.limits) do
    if limit.counts and limit.allowed then
      charge(state, limit)
      is_charged = true
    end
  end
  if not is_charged then
    return  -- only shadow limits count, and all of them deny
  end
  local head = encode('<dd', state.time, state.offset)
  local longest = 1
  for _, limit in ipairs(state.limits) do
    head = head .. encode('<dd', words_of(limit))
    longest = math.max(longest, math.ceil(time_until_idle(state, limit) / 1000))
  end
  local expiry = string.format('%.0f', longest)
  if state.text then
    call('SET', state.name, head .. string.sub(state.text, state.head_size + 1), 'PX', expiry)
  else
    call('SETRANGE', state.name, 0, head)
    call('PEXPIRE', state.name, expiry)
  end
end

local states = {}
for i = first, #KEYS do
  states[#states + 1] = open(KEYS[i], ARGV[FIRST_GROUP + i - first])
end

-- Evaluates all limits that count, for `count` times the cost. Returns whether all enforced limits
-- allow it, and how many times they have room for, at most `times`.
local function evaluate_all(count)
  local passes, most = true, times
  for _, state in ipairs(states) do
    for _, limit in ipairs(state.limits) do
      if limit.counts then
        evaluate(state, limit, count)
        if not limit.shadow then
          passes = passes and limit.allowed
          most = math.min(most, math.floor(limit.remaining / limit.cost))
        end
      end
    end
  end
  return passes, most
end

local least = takes_some and math.min(times, 1) or times
local passes, most = evaluate_all(least)
local granted = passes and least or 0
if passes and takes_some and most > least then
  granted = most
  evaluate_all(granted)
end
local answer = encode('<d', granted)
for _, state in ipairs(states) do
  if passes and charging then
    write(state)
  end
  for _, limit in ipairs(state.limits) do
    if limit.counts then
      answer = answer .. encode('<dddd', limit.allowed and 1 or 0, limit.remaining, limit.reset,
                                limit.retry)
    end
  end
end
return answer
