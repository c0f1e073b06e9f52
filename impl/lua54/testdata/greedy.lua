-- Eats all memory there is, a little at a time, and keeps it. arg[1]: how often it survives its
-- own memory errors.
local kept = {}
local function eat()
  while true do
    kept[#kept + 1] = { #kept, tostring(#kept), function() return kept end }
  end
end
for _ = 1, tonumber(arg[1]) or 0 do
  local ok, err = pcall(eat)
  assert(not ok and err == "not enough memory")
  kept = {}
  collectgarbage()
end
eat()
