-- Checks all limits of a request, then charges all or none. In front of it stands
-- session/record.lua; the words of a state are those of src/throttle/window.hpp, as little-endian
-- doubles, which hold whole microseconds exactly until the year 2255.
--
-- KEYS: the subject's sessions, where one is to be checked; then a state for each counter.
-- ARGV: microseconds, or '' for the server's clock; the rules that count, as bits; how many times
-- each cost is charged; 1 to charge, 0 to peek; the session's id or '', its refresh issue, the time
-- for its expiry; then a packed group for each counter, see finish() in src/throttle/policy.cpp.
-- Returns 'unknown' or 'revoked' for a session that is not alive; otherwise, for each limit that
-- counts, four numbers: allowed, remaining, reset, retry after (-1: never).
local clock, rules, times, charging = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'
local SMALL = 512  -- words: a state up to this size is read and written whole
local SLIDING, GCRA = 0, 1
local call, encode, decode = redis.call, struct.pack, struct.unpack
local first = 1
if ARGV[5] ~= '' then
  local record = call('HGET', key, ARGV[5])
  local session = record and parse(record)
  if not lives(session, ARGV[7]) then
    return 'unknown'
  end
  if session.refresh ~= ARGV[6] then
    return 'revoked'
  end
  first = 2
end

local now = tonumber(clock)
if not now then
  local time = call('TIME')
  now = time[1] * 1000000 + time[2]
end

-- States: a small one is a text, changed here and set at the end; of a large one the head is read
-- at once, and of the rings only the words that are asked for. Tables are made with all their
-- fields, since growing them costs more than all else here.
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
    -- Kept even if all is denied, or time would stand still until the clock has caught up.
    time, offset = last, last - now
    call('SETRANGE', name, 8, encode('<d', offset))
  end
  local limits = {}
  for at = 9, #packed, 64 do
    local algorithm, shadow, most, interval, cost, place, ring, rule =
      decode('<dddddddd', packed, at)
    local a, b = 0, 0
    if known then
      a, b = decode('<dd', head, place * 8 + 1)
    end
    limits[#limits + 1] = {
      algorithm = algorithm, shadow = shadow == 1, most = most, interval = interval,
      cost = cost * times, ring = ring, a = a, b = b,
      counts = math.floor(rules / 2 ^ rule) % 2 == 1,
      allowed = false, charged = false, remaining = 0, reset = 0, retry = 0,
    }
  end
  return {name = name, text = small and head, head_size = head_size, limits = limits, time = time,
          offset = offset}
end

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

local function slot(state, limit, charged)
  local from = (limit.ring + charged % limit.most) * 8
  if state.text then
    return (decode('<d', state.text, from + 1))
  end
  return (decode('<d', call('GETRANGE', state.name, from, from + 7)))
end

local function unit(limit)
  return math.ceil(limit.interval / limit.most)
end

-- The first charge that is still in the window: by steps that double and then halve.
local function first_in_window(state, limit)
  local edge, from, count = state.time - limit.interval, limit.b, limit.a
  if from >= count or slot(state, limit, from) > edge then
    return from
  end
  local gone, step = from, 1
  while gone + step < count and slot(state, limit, gone + step) <= edge do
    gone = gone + step
    step = step * 2
  end
  local there = math.min(gone + step, count)
  while there - gone > 1 do
    local middle = math.floor((gone + there) / 2)
    if slot(state, limit, middle) <= edge then
      gone = middle
    else
      there = middle
    end
  end
  return there
end

-- Sets allowed, remaining, reset and retry.
local function look(state, limit)
  local time, cost = state.time, limit.cost
  if limit.algorithm == SLIDING then
    limit.b = first_in_window(state, limit)
    local used = limit.a - limit.b
    limit.remaining = limit.most - used
    limit.reset = used > 0 and slot(state, limit, limit.b) + limit.interval - time or 0
    if cost > limit.remaining and cost <= limit.most then
      local leaving = limit.b + cost - limit.remaining - 1
      limit.retry = slot(state, limit, leaving) + limit.interval - time
    end
  elseif limit.algorithm == GCRA then
    local one = unit(limit)
    local capacity = one * limit.most
    local debt = math.max(0, limit.a - time)
    limit.remaining = math.floor((capacity - debt) / one)
    limit.reset = debt > 0 and debt - (capacity - (limit.remaining + 1) * one) or 0
    limit.retry = debt + cost * one - capacity
  else
    if time >= limit.a + limit.interval then
      limit.b = 0
    end
    limit.remaining = limit.most - limit.b
    limit.retry = limit.a + limit.interval - time
    limit.reset = limit.b > 0 and limit.retry or 0
  end
  limit.allowed = cost <= limit.remaining
  if limit.allowed then
    limit.retry = 0
  elseif cost > limit.most then
    limit.retry = -1
  end
end

local function charge(state, limit)
  local time, cost = state.time, limit.cost
  if limit.algorithm == SLIDING then
    local at = limit.a % limit.most
    local until_end = math.min(cost, limit.most - at)
    local stamp = encode('<d', time)
    put(state, limit.ring + at, string.rep(stamp, until_end))
    if until_end < cost then
      put(state, limit.ring, string.rep(stamp, cost - until_end))
    end
    limit.a = limit.a + cost
  elseif limit.algorithm == GCRA then
    limit.a = math.max(time, limit.a) + cost * unit(limit)
  else
    if limit.b == 0 then
      limit.a = time
    end
    limit.b = limit.b + cost
  end
  limit.charged = true
  limit.remaining = limit.remaining - cost
  if limit.reset == 0 then
    limit.reset = limit.algorithm == GCRA and unit(limit) or limit.interval
  end
end

-- How long until the limit is as if it had never been charged.
local function rest(state, limit)
  if limit.algorithm == GCRA then
    return limit.a - state.time
  elseif limit.algorithm == SLIDING then
    if limit.charged then
      return limit.interval
    end
    return limit.a > 0 and slot(state, limit, limit.a - 1) + limit.interval - state.time or 0
  end
  return limit.a + limit.interval - state.time
end

local function write(state)
  local charged = false
  for _, limit in ipairs(state.limits) do
    if limit.counts and limit.allowed then
      charge(state, limit)
      charged = true
    end
  end
  if not charged then
    return  -- where all that counts is denied, by limits in shadow
  end
  local head = encode('<dd', state.time, state.offset)
  local longest = 1
  for _, limit in ipairs(state.limits) do
    head = head .. encode('<dd', limit.a, limit.b)
    longest = math.max(longest, math.ceil(rest(state, limit) / 1000))
  end
  local expiry = string.format('%.0f', longest)
  if state.text then
    call('SET', state.name, head .. string.sub(state.text, state.head_size + 1), 'PX', expiry)
  else
    call('SETRANGE', state.name, 0, head)
    call('PEXPIRE', state.name, expiry)
  end
end

local states, passes = {}, true
for i = first, #KEYS do
  local state = open(KEYS[i], ARGV[7 + i - first + 1])
  for _, limit in ipairs(state.limits) do
    if limit.counts then
      look(state, limit)
      passes = passes and (limit.allowed or limit.shadow)
    end
  end
  states[#states + 1] = state
end
local answer = ''
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
