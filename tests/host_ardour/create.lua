-- Makes a session with one mono track that has the plugin as an insert. Arguments: folder, sample rate.
local folder, rate = arg[1], tonumber(arg[2])

assert(AudioEngine:set_backend("None (Dummy)", "", ""))
assert(AudioEngine:start() == 0)
-- Reads what the scanner has found.
ARDOUR.LuaAPI.list_plugins()
local session = assert(create_session(folder, "bounce", rate))
assert(session:nominal_sample_rate() == rate)
local plugin = ARDOUR.LuaAPI.new_plugin(session, "Syrinx", ARDOUR.PluginType.VST3, "")
assert(not plugin:isnil(), "no such plugin")
local tracks = session:new_audio_track(
  1, 1, nil, 1, "voice", ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
for track in tracks:iter() do
  assert(track:add_processor_by_index(plugin, 0, nil, true) == 0)
end
print("latency " .. plugin:to_insert():signal_latency())
session:save_state("")
close_session()
