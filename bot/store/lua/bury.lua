-- ARGV: destination, id, token, why. 1, or 0 when the lease was lost.
local now = clock()
if not holds(ARGV[2], ARGV[3]) then
  return 0
end
unlease()
bury(ARGV[2], ARGV[4], now)
settle(now)
return 1
