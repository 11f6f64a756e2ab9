-- Renders the track through the plugin. Arguments: folder, length in samples, name and value of a parameter, which
-- is set right before.
local folder, length, name, value = arg[1], tonumber(arg[2]), arg[3], tonumber(arg[4])

local function set(processor)
  local plugin = processor:to_insert():plugin(0)
  for index = 0, plugin:parameter_count() - 1 do
    if plugin:parameter_label(index) == name then
      assert(ARDOUR.LuaAPI.set_processor_param(processor, index, value))
      assert(ARDOUR.LuaAPI.get_processor_param(processor, index) == value)
      return
    end
  end
  error("no such parameter: " .. name)
end

assert(AudioEngine:set_backend("None (Dummy)", "", ""))
assert(AudioEngine:start() == 0)
ARDOUR.LuaAPI.list_plugins()
local session = assert(load_session(folder, "bounce"))
for route in session:get_tracks():iter() do
  local track, processor = route:to_track(), route:nth_plugin(0)
  for region in track:playlist():region_list():iter() do
    assert(region:length():samples() == length)
  end
  assert(not processor:isnil(), "the session has lost the plugin")
  set(processor)
  track:bounce_range(0, length, ARDOUR.InterThreadInfo(), processor, true, "out", false)
end
close_session()
