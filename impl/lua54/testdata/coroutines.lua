-- Generators, permutations, and a round-robin scheduler with mailboxes.
local function permute(a, n)
  if n == 0 then coroutine.yield(a) end
  for i = 1, n do
    a[n], a[i] = a[i], a[n]
    permute(a, n - 1)
    a[n], a[i] = a[i], a[n]
  end
end

local rounds = tonumber(arg[1]) or 10
local count, delivered = 0, 0
for round = 1, rounds do
  for p in coroutine.wrap(function() permute({ 1, 2, 3, 4, 5 }, 5) end) do
    if p[1] < p[5] then count = count + 1 end
  end

  local mail, tasks = {}, {}
  for id = 1, 30 do
    mail[id] = {}
    tasks[id] = coroutine.create(function()
      for i = 1, 5 do
        local to = (id * 7 + i) % 30 + 1
        table.insert(mail[to], { from = id, text = "message " .. i })
        coroutine.yield()
        while #mail[id] > 0 do
          delivered = delivered + #table.remove(mail[id]).text
        end
      end
      if id % 10 == 0 then error { id = id } end
    end)
  end
  local failed = 0
  while #tasks > 0 do
    for i = #tasks, 1, -1 do
      local ok, err = coroutine.resume(tasks[i])
      if not ok then
        -- Out of memory is a string, and ours to pass on.
        if type(err) ~= "table" then error(err, 0) end
        failed = failed + 1
      end
      if coroutine.status(tasks[i]) == "dead" then table.remove(tasks, i) end
    end
  end
  assert(failed == 3)
end
print("coroutines", rounds, count, delivered)
