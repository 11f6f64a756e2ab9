-- Loads presets by their names, as from the list that the host shows, and prints what a parameter is then.
-- Arguments: folder, sample rate, name of the parameter, and the presets.
local folder, rate, name = arg[1], tonumber(arg[2]), arg[3]

assert(AudioEngine:set_backend("None (Dummy)", "", ""))
assert(AudioEngine:start() == 0)
ARDOUR.LuaAPI.list_plugins()
local session = assert(create_session(folder, "presets", rate))
local processor = ARDOUR.LuaAPI.new_plugin(session, "Syrinx", ARDOUR.PluginType.VST3, "")
assert(not processor:isnil(), "no such plugin")
local tracks = session:new_audio_track(
  1, 1, nil, 1, "voice", ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
for track in tracks:iter() do
  assert(track:add_processor_by_index(processor, 0, nil, true) == 0)
end
local plugin = processor:to_insert():plugin(0)

local function value()
  for index = 0, plugin:parameter_count() - 1 do
    if plugin:parameter_label(index) == name then
      return ARDOUR.LuaAPI.get_processor_param(processor, index)
    end
  end
  error("no such parameter: " .. name)
end

for index = 4, #arg do
  local preset = plugin:preset_by_label(arg[index])
  assert(preset and preset.valid, "no such preset: " .. arg[index])
  assert(plugin:load_preset(preset), "refused: " .. arg[index])
  print("preset " .. arg[index] .. ": " .. value())
end
close_session()
