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
local first = 1
if ARGV[5] ~= '' then
  local record = redis.call('HGET', key, ARGV[5])
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
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

-- States: a small one is a text, changed here and set at the end; of a large one only the words
-- that are asked for are read and written.
local function get(state, at)
  local from = at * 8
  if state.text or from < state.head_size then
    local text = state.text or state.head
    return #text > from and struct.unpack('<d', text, from + 1) or 0
  end
  local word = redis.call('GETRANGE', state.key, from, from + 7)
  return #word == 8 and struct.unpack('<d', word) or 0
end

local function put(state, at, words)
  local from = at * 8
  local text = state.text
  if not text then
    redis.call('SETRANGE', state.key, from, words)
    return
  end
  if #text < from then
    text = text .. string.rep('\0', from - #text)
  end
  state.text = string.sub(text, 1, from) .. words .. string.sub(text, from + #words + 1)
end

local function open(name, packed)
  local state = {key = name, limits = {}}
  if struct.unpack('<d', packed) <= SMALL then
    state.text = redis.call('GET', name) or ''
  else
    state.head_size = 16 + (#packed - 8) / 4
    state.head = redis.call('GETRANGE', name, 0, state.head_size - 1)
  end
  local at = 9
  while at < #packed do
    local limit = {}
    limit.algorithm, limit.shadow, limit.most, limit.interval, limit.cost, limit.head, limit.ring,
      limit.rule, at = struct.unpack('<dddddddd', packed, at)
    limit.counts = math.floor(rules / 2 ^ limit.rule) % 2 == 1
    limit.cost = limit.cost * times
    limit.unit = math.ceil(limit.interval / limit.most)
    limit.a, limit.b = get(state, limit.head), get(state, limit.head + 1)
    state.limits[#state.limits + 1] = limit
  end
  local last = get(state, 0)
  state.offset = get(state, 1)
  state.time = now + state.offset
  if state.time < last then
    -- Kept even if all is denied, or time would stand still until the clock has caught up.
    state.time, state.offset = last, last - now
    redis.call('SETRANGE', name, 8, struct.pack('<d', state.offset))
  end
  return state
end

local function slot(state, limit, charged)
  return get(state, limit.ring + charged % limit.most)
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
    local capacity = limit.unit * limit.most
    local debt = math.max(0, limit.a - time)
    limit.remaining = math.floor((capacity - debt) / limit.unit)
    limit.reset = debt > 0 and debt - (capacity - (limit.remaining + 1) * limit.unit) or 0
    limit.retry = debt + cost * limit.unit - capacity
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
    local stamp = struct.pack('<d', time)
    put(state, limit.ring + at, string.rep(stamp, until_end))
    if until_end < cost then
      put(state, limit.ring, string.rep(stamp, cost - until_end))
    end
    limit.a = limit.a + cost
    limit.last = time
  elseif limit.algorithm == GCRA then
    limit.a = math.max(time, limit.a) + cost * limit.unit
  else
    if limit.b == 0 then
      limit.a = time
    end
    limit.b = limit.b + cost
  end
  limit.remaining = limit.remaining - cost
  if limit.reset == 0 then
    limit.reset = limit.algorithm == GCRA and limit.unit or limit.interval
  end
end

-- How long until the limit is as if it had never been charged.
local function rest(state, limit)
  if limit.algorithm == GCRA then
    return limit.a - state.time
  elseif limit.algorithm == SLIDING then
    if limit.a == 0 then
      return 0
    end
    return (limit.last or slot(state, limit, limit.a - 1)) + limit.interval - state.time
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
  local head = {struct.pack('<dd', state.time, state.offset)}
  local longest = 1
  for _, limit in ipairs(state.limits) do
    head[#head + 1] = struct.pack('<dd', limit.a, limit.b)
    longest = math.max(longest, math.ceil(rest(state, limit) / 1000))
  end
  put(state, 0, table.concat(head))
  local expiry = string.format('%.0f', longest)
  if state.text then
    redis.call('SET', state.key, state.text, 'PX', expiry)
  else
    redis.call('PEXPIRE', state.key, expiry)
  end
end

local states, passes = {}, true
for i = first, #KEYS do
  local state = open(KEYS[i], ARGV[7 + i - first + 1])
  for _, limit in ipairs(state.limits) do
    if limit.counts then
      look(state, limit)
      passes = passes and (limit.allowed or limit.shadow == 1)
    end
  end
  states[#states + 1] = state
end
local answer = {}
for _, state in ipairs(states) do
  if passes and charging then
    write(state)
  end
  for _, limit in ipairs(state.limits) do
    if limit.counts then
      answer[#answer + 1] = struct.pack('<dddd', limit.allowed and 1 or 0, limit.remaining,
                                        limit.reset, limit.retry)
    end
  end
end
return table.concat(answer)
