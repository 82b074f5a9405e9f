import { createHash } from 'node:crypto';

/**
 * gcra.ts in Lua, over all buckets of one call at once: Redis runs a script alone, so it is all or nothing. A key holds
 * "level at_ms". Lua's numbers are doubles like ours, and %.0f writes them out whole.
 * KEYS: the buckets. ARGV: now_ms, 1 to take or 0 to peek, then limit, window_ms and cost of each bucket.
 * Answers [admitted, level, at_ms, level, at_ms, ...].
 */
export const limitScript = `
local now, take = tonumber(ARGV[1]), ARGV[2] == '1'
local admitted, levels, times = true, {}, {}
for i, key in ipairs(KEYS) do
  local limit, window, cost = tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2])
  local level, at = 0, now
  local state = redis.call('GET', key)
  if state then
    local held, time = string.match(state, '^(%d+) (%d+)$')
    level, at = math.min(tonumber(held), limit * window), tonumber(time)
    local elapsed = now - at
    if elapsed >= window then level, at = 0, now
    elseif elapsed > 0 then level, at = math.max(0, level - elapsed * limit), now end
  end
  if level + cost * window > limit * window then admitted = false end
  levels[i], times[i] = level, at
end
local answer = { admitted and 1 or 0 }
for i, key in ipairs(KEYS) do
  local window, cost = tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2])
  if admitted and take then
    levels[i] = levels[i] + cost * window
    redis.call('SET', key, string.format('%.0f %.0f', levels[i], times[i]), 'PX', window)
  end
  answer[2 * i] = string.format('%.0f', levels[i])
  answer[2 * i + 1] = string.format('%.0f', times[i])
end
return answer
`;

/** By which Redis knows the script once it has seen it. */
export const limitScriptSha1 = createHash('sha1').update(limitScript).digest('hex');
