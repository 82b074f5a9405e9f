import { createHash } from 'node:crypto';

/**
 * gcra.ts in Lua, over many calls at once and all buckets of each: Redis runs a script alone, so each call is all or
 * nothing, and sees those before it. A key holds level and at_ms as two doubles, which is what Lua's numbers are; in an
 * answer they become integers of 64 bits. A quota is parsed once for all buckets that have it, and what was text stays
 * text: turning one into the other is a third of the cost.
 * KEYS: the buckets of the calls, one after the other. ARGV: for each call now_ms, and the number of its buckets, below
 * zero for a peek, then for each bucket "limit window_ms cost".
 * Answers for each call: 1 where it is admitted, 0 where not, -1 where a key of it holds something else; then level and
 * at_ms of each of its buckets.
 */
export const limitScript = `
local call, pcall, pack, unpack = redis.call, redis.pcall, struct.pack, struct.unpack
local quotas = {}
local function quotaOf(text)
  local limit, window, cost = string.match(text, '^(%d+) (%d+) (%d+)$')
  local quota = { tonumber(limit), tonumber(window), tonumber(cost) * tonumber(window), tonumber(limit) * tonumber(window), window }
  quotas[text] = quota
  return quota
end
local answer, said, key, arg, last = {}, 0, 0, 0, #ARGV
while arg < last do
  local now, count = tonumber(ARGV[arg + 1]), tonumber(ARGV[arg + 2])
  local take = count > 0
  if not take then count = -count end
  arg = arg + 2
  local verdict = 1
  for i = 1, count do
    local quota = quotas[ARGV[arg + i]] or quotaOf(ARGV[arg + i])
    local level, at = 0, now
    local state = pcall('GET', KEYS[key + i])
    if state then
      if type(state) == 'string' and #state == 16 then
        level, at = unpack('>dd', state)
        if level > quota[4] then level = quota[4] end
        local elapsed = now - at
        if elapsed >= quota[2] then level, at = 0, now
        elseif elapsed > 0 then
          level, at = level - elapsed * quota[1], now
          if level < 0 then level = 0 end
        end
      else verdict = -1 end
    end
    if level + quota[3] > quota[4] and verdict == 1 then verdict = 0 end
    answer[said + 2 * i], answer[said + 2 * i + 1] = level, at
  end
  if verdict == 1 and take then
    for i = 1, count do
      local quota = quotas[ARGV[arg + i]]
      local level = answer[said + 2 * i] + quota[3]
      answer[said + 2 * i] = level
      call('SET', KEYS[key + i], pack('>dd', level, answer[said + 2 * i + 1]), 'PX', quota[5])
    end
  end
  answer[said + 1] = verdict
  said, key, arg = said + 1 + 2 * count, key + count, arg + count
end
return answer
`;

/** By which Redis knows the script once it has seen it. */
export const limitScriptSha1 = createHash('sha1').update(limitScript).digest('hex');
