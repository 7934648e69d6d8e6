--[[
Lets Hitpoint's panel reach the timeline where Resolve runs no Python: the free edition from 21.1 on.
Start it once a session: Workspace > Scripts > this entry; and open Hitpoint's panel from the desktop.

The menu's Lua is in a sandbox without io, package, require, ffi, os.execute: no process, no socket, no file can be
opened. So this is one file, which needs only what is left. The panel leaves a question in a mailbox, a Lua file that is
read with loadfile; the answer goes out through Fusion's preferences, which the panel reads from their file. Nothing is
written while nobody asks. The methods are those of hitpoint_panel.py (docs/resolve.md).

The installer fills in the texts between @ signs.
]]

local PROTOCOL = 1
local VERSION = "@HITPOINT_VERSION@"
local MAILBOX_BASE64 = "@HITPOINT_MAILBOX_BASE64@"
local KEY = "Global.HitpointBridge"
-- Requests older than this are of a panel that has given up.
local OLDEST_S = 120
-- Pauses between looks into the mailbox, while a panel is there and when none has asked for a while.
local PAUSE_S, IDLE_PAUSE_S, IDLE_AFTER_S = 0.05, 0.25, 15
-- These may take longer than a panel waits for a sign of life, so that is given first.
local SLOW = {
	export_otio = true, subtitles = true, inventory = true, import_media = true, append_clips = true, save = true,
	delete_items = true, delete_media = true, duplicate = true, delete_tracks = true, add_tracks = true,
	add_markers = true, delete_markers = true, select_timeline = true, delete_timeline = true, open_page = true,
}

-- A look with no more time than this is answered at once: it comes every second, and each sign is a file written.
local SHORT_MS = 1000

local fusion = fusion or fu
local floor = math.floor

-- --- JSON and base64 ------------------------------------------------------------------------------------------------

local LIST = {}
local NULL = {}

--- Mark a table as a list, so that it becomes [] and not {} when it is empty.
local function list(values)
	return setmetatable(values or {}, LIST)
end

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function encode_text(text)
	return '"' .. text:gsub('[%c"\\]', function(char)
		return ESCAPES[char] or string.format("\\u%04x", char:byte())
	end) .. '"'
end

local function encode(value)
	local kind = type(value)
	if value == nil or value == NULL then
		return "null"
	elseif kind == "boolean" then
		return tostring(value)
	elseif kind == "number" then
		if value ~= value or value == math.huge or value == -math.huge then
			return "null"
		end
		return value == floor(value) and string.format("%.0f", value) or string.format("%.17g", value)
	elseif kind == "string" then
		return encode_text(value)
	elseif kind ~= "table" then
		return "null"
	end
	local parts = {}
	if getmetatable(value) == LIST then
		for index = 1, #value do
			parts[index] = encode(value[index])
		end
		return "[" .. table.concat(parts, ",") .. "]"
	end
	for name, entry in pairs(value) do
		parts[#parts + 1] = encode_text(tostring(name)) .. ":" .. encode(entry)
	end
	return "{" .. table.concat(parts, ",") .. "}"
end

local function utf8_char(code)
	if code < 0x80 then
		return string.char(code)
	elseif code < 0x800 then
		return string.char(0xC0 + floor(code / 64), 0x80 + code % 64)
	elseif code < 0x10000 then
		return string.char(0xE0 + floor(code / 4096), 0x80 + floor(code / 64) % 64, 0x80 + code % 64)
	end
	return string.char(
		0xF0 + floor(code / 262144), 0x80 + floor(code / 4096) % 64, 0x80 + floor(code / 64) % 64, 0x80 + code % 64
	)
end

local UNESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

local function decode_text(text, at)
	local parts = {}
	while true do
		local stop = text:find('["\\]', at)
		if not stop then
			error("JSON: a text has no end")
		end
		parts[#parts + 1] = text:sub(at, stop - 1)
		if text:sub(stop, stop) == '"' then
			return table.concat(parts), stop + 1
		end
		local char = text:sub(stop + 1, stop + 1)
		at = stop + 2
		if char == "u" then
			local code = tonumber(text:sub(at, at + 3), 16)
			at = at + 4
			if code >= 0xD800 and code < 0xDC00 and text:sub(at, at + 1) == "\\u" then
				local low = tonumber(text:sub(at + 2, at + 5), 16)
				code = 0x10000 + (code - 0xD800) * 1024 + (low - 0xDC00)
				at = at + 6
			end
			parts[#parts + 1] = utf8_char(code)
		else
			parts[#parts + 1] = UNESCAPES[char] or char
		end
	end
end

local decode_value

local function skip(text, at)
	return text:find("[^ \t\r\n]", at) or #text + 1
end

local function decode_members(text, at, close, is_object)
	local values = {}
	at = skip(text, at)
	if text:sub(at, at) == close then
		return values, at + 1
	end
	while true do
		local name, value
		if is_object then
			name, at = decode_text(text, skip(text, at) + 1)
			at = skip(text, at) + 1
		else
			name = #values + 1
		end
		value, at = decode_value(text, skip(text, at))
		values[name] = value
		at = skip(text, at)
		local char = text:sub(at, at)
		at = skip(text, at + 1)
		if char == close then
			return values, at
		elseif char ~= "," then
			error("JSON: expected , or " .. close)
		end
	end
end

function decode_value(text, at)
	local char = text:sub(at, at)
	if char == "{" then
		return decode_members(text, at + 1, "}", true)
	elseif char == "[" then
		return decode_members(text, at + 1, "]", false)
	elseif char == '"' then
		return decode_text(text, at + 1)
	end
	local word = text:match("^[%w+.-]+", at)
	if not word then
		error("JSON: nothing where a value should be")
	end
	local words = { ["true"] = true, ["false"] = false, ["null"] = NULL }
	local value = words[word]
	if value == nil then
		value = tonumber(word)
	end
	if value == NULL then
		value = nil
	end
	return value, at + #word
end

local function decode(text)
	return (decode_value(text, skip(text, 1)))
end

local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function to_base64(text)
	local parts = {}
	for at = 1, #text, 3 do
		local one, two, three = text:byte(at, at + 2)
		local bits = one * 65536 + (two or 0) * 256 + (three or 0)
		local digits = {}
		for place = 1, 4 do
			local digit = floor(bits / 64 ^ (4 - place)) % 64 + 1
			digits[place] = DIGITS:sub(digit, digit)
		end
		digits[3] = two and digits[3] or "="
		digits[4] = three and digits[4] or "="
		parts[#parts + 1] = table.concat(digits)
	end
	return table.concat(parts)
end

local function from_base64(text)
	local parts, bits, count = {}, 0, 0
	for char in text:gmatch("[%w+/]") do
		bits = bits * 64 + DIGITS:find(char, 1, true) - 1
		count = count + 6
		if count >= 8 then
			count = count - 8
			local byte = floor(bits / 2 ^ count)
			bits = bits - byte * 2 ^ count
			parts[#parts + 1] = string.char(byte)
		end
	end
	return table.concat(parts)
end

-- --- asking Resolve -------------------------------------------------------------------------------------------------

local function refuse(kind, detail, func)
	error({ kind = kind, detail = detail, func = func or "" }, 0)
end

local function method_of(thing, name)
	local is_there, method = pcall(function()
		return thing[name]
	end)
	return is_there and method or nil
end

local function has(thing, name)
	return method_of(thing, name) ~= nil
end

--- Call a method of Resolve's; whatever it raises becomes a refusal that names the call.
local function ask(thing, name, ...)
	local method = method_of(thing, name)
	if method == nil then
		refuse("missing", "this Resolve has no " .. name, name)
	end
	local is_done, answer = pcall(method, thing, ...)
	if not is_done then
		refuse("raised", tostring(answer), name)
	end
	return answer
end

local function ask_if_there(thing, name, ...)
	if has(thing, name) then
		return ask(thing, name, ...)
	end
	return nil
end

local function whole(number)
	return type(number) == "number" and floor(number + 0.5) or NULL
end

local function count_of(number)
	return type(number) == "number" and floor(number + 0.5) or 0
end

local function plain(value)
	local kind = type(value)
	return (kind == "string" or kind == "number") and value or NULL
end

local function text_of(value)
	return type(value) == "string" and value or ""
end

--- Return the entries of a list that Resolve gave, which may be nil, false or no list.
local function entries(values)
	return type(values) == "table" and values or {}
end

local function is_empty(values)
	return next(entries(values)) == nil
end

local function setting(owner, name)
	if has(owner, "GetSetting") then
		return plain(ask(owner, "GetSetting", name))
	end
	return plain(entries(ask_if_there(owner, "GetSettings"))[name])
end

local function unique_id(thing)
	for _, name in ipairs({ "GetUniqueId", "GetMediaId" }) do
		local value = ask_if_there(thing, name)
		if type(value) == "string" and value ~= "" then
			return value
		end
	end
	return nil
end

local function open_project()
	local manager = ask(resolve, "GetProjectManager")
	if not manager then
		if ask(resolve, "GetProductName") == nil then
			refuse("gone", "Resolve was closed", "GetProjectManager")
		end
		refuse("blocked", "Resolve answers nothing, probably it shows a dialogue", "GetProjectManager")
	end
	local project = ask(manager, "GetCurrentProject")
	if not project then
		refuse("no_project", "no project is open", "GetCurrentProject")
	end
	return project
end

local function open_timeline(project, timeline_id)
	local timeline = ask(project, "GetCurrentTimeline")
	if not timeline then
		refuse("no_timeline", "no timeline is open", "GetCurrentTimeline")
	end
	if timeline_id ~= nil and unique_id(timeline) ~= timeline_id then
		refuse("other_timeline", "another timeline was opened", "GetCurrentTimeline")
	end
	return timeline
end

local function here(timeline_id)
	local project = open_project()
	local timeline = open_timeline(project, timeline_id)
	local pool = ask(project, "GetMediaPool")
	if not pool then
		refuse("blocked", "the media pool does not answer", "GetMediaPool")
	end
	return project, pool, timeline
end

local function track_count(timeline, kind)
	return count_of(ask(timeline, "GetTrackCount", kind))
end

local function items_in(timeline, kind, index)
	return entries(ask(timeline, "GetItemListInTrack", kind, index))
end

-- --- what the methods need ------------------------------------------------------------------------------------------

local function markers_of(timeline)
	local found = list()
	for frame, marker in pairs(entries(ask(timeline, "GetMarkers"))) do
		local duration = count_of(marker.duration)
		found[#found + 1] = list({
			whole(frame), text_of(marker.color), text_of(marker.name), text_of(marker.note),
			duration > 0 and duration or 1, text_of(marker.customData),
		})
	end
	table.sort(found, function(one, other)
		return one[1] < other[1]
	end)
	return found
end

local function tracks_of(timeline)
	local tracks, lists = list(), {}
	for _, kind in ipairs({ "video", "audio" }) do
		lists[kind] = {}
		for index = 1, track_count(timeline, kind) do
			local items = items_in(timeline, kind, index)
			lists[kind][index] = items
			tracks[#tracks + 1] = {
				type = kind, index = index, count = #items,
				name = plain(ask(timeline, "GetTrackName", kind, index)),
				is_enabled = ask(timeline, "GetIsTrackEnabled", kind, index) and true or false,
				is_locked = ask(timeline, "GetIsTrackLocked", kind, index) and true or false,
			}
		end
	end
	return tracks, lists
end

local function rows_of(lists, wanted, budget_ms)
	-- os.time is the only clock that is known to be left; it counts whole seconds
	local stop_s = os.time() + math.max(1, floor(budget_ms / 1000 + 0.5))
	local rows = list()
	for _, stretch in ipairs(wanted) do
		local kind, index, first, number = stretch[1], stretch[2], stretch[3], stretch[4]
		local items = entries(entries(lists[kind])[index])
		for place = first, math.min(first + number, #items) - 1 do
			if #rows > 0 and os.time() > stop_s then
				return rows, false
			end
			local item = items[place + 1]
			rows[#rows + 1] = list({
				kind, index, place, whole(ask(item, "GetStart")), whole(ask(item, "GetEnd")),
				whole(ask(item, "GetLeftOffset")), plain(ask(item, "GetName")),
				ask_if_there(item, "GetClipEnabled") ~= false,
			})
		end
	end
	return rows, true
end

local function note_of(media)
	local note = entries(ask_if_there(media, "GetThirdPartyMetadata")).hitpoint
	if type(note) == "string" and note ~= "" then
		return note
	end
	note = entries(ask_if_there(media, "GetMetadata")).Comments
	if type(note) == "string" and note:sub(1, 10) == "Hitpoint: " then
		return note:sub(11)
	end
	return nil
end

local function leave_note(media, note)
	if has(media, "SetThirdPartyMetadata") then
		ask(media, "SetThirdPartyMetadata", { hitpoint = note })
		if note_of(media) == note then
			return true
		end
	end
	ask(media, "SetMetadata", { Comments = "Hitpoint: " .. note })
	return note_of(media) == note
end

local function bin_of(pool, name, is_made)
	local root = ask(pool, "GetRootFolder")
	if not root then
		refuse("blocked", "the media pool does not answer", "GetRootFolder")
	end
	for _, folder in ipairs(entries(ask(root, "GetSubFolderList"))) do
		if ask(folder, "GetName") == name then
			return folder
		end
	end
	return is_made and ask(pool, "AddSubFolder", root, name) or nil
end

local function media_in(folder)
	local found = {}
	for _, clip in ipairs(folder and entries(ask(folder, "GetClipList")) or {}) do
		local id = unique_id(clip)
		if id then
			found[id] = clip
		end
	end
	return found
end

local function our_items(timeline)
	local found, notes = {}, {}
	for index = 1, track_count(timeline, "audio") do
		for _, item in ipairs(items_in(timeline, "audio", index)) do
			local media = ask(item, "GetMediaPoolItem")
			local id = media and unique_id(media)
			if id then
				if notes[id] == nil then
					notes[id] = note_of(media) or false
				end
				if notes[id] then
					found[#found + 1] = {
						item = item,
						media = media,
						about = {
							track = index, media_id = id, note = notes[id], name = plain(ask(item, "GetName")),
							start = whole(ask(item, "GetStart")), ["end"] = whole(ask(item, "GetEnd")),
							left = whole(ask(item, "GetLeftOffset")),
						},
					}
				end
			end
		end
	end
	return found
end

local function spelled(path)
	path = path:gsub("\\", "/")
	return path:match("^%a:") and path:lower() or path
end

local function set_of(values)
	local found = {}
	for _, value in ipairs(entries(values)) do
		found[value] = true
	end
	return found
end

local function timeline_by_id(project, timeline_id)
	for number = 1, count_of(ask(project, "GetTimelineCount")) do
		local timeline = ask(project, "GetTimelineByIndex", number)
		if timeline and unique_id(timeline) == timeline_id then
			return timeline
		end
	end
	return nil
end

-- --- the methods ----------------------------------------------------------------------------------------------------

local methods = {}

function methods.hello()
	local product = ask(resolve, "GetProductName")
	if type(product) ~= "string" then
		local kind = product == nil and "gone" or "blocked"
		refuse(kind, "Resolve answers nothing, probably it shows a dialogue", "GetProductName")
	end
	local version = list()
	for index, part in ipairs(entries(ask(resolve, "GetVersion"))) do
		version[index] = plain(part)
	end
	return {
		protocol = PROTOCOL, launcher = "lua", launcher_version = VERSION, product = product, version = version,
		version_text = plain(ask(resolve, "GetVersionString")),
	}
end

function methods.look(given)
	local project = open_project()
	local answer = {
		project = { id = unique_id(project) or NULL, name = plain(ask(project, "GetName")) },
		page = plain(ask(resolve, "GetCurrentPage")),
	}
	local timeline = ask(project, "GetCurrentTimeline")
	if not timeline then
		return answer
	end
	local custom = setting(timeline, "useCustomSettings")
	local is_custom = custom == "1" or custom == 1
	local owners = is_custom and { timeline, project } or { project, timeline }
	local settings = {}
	for key, name in pairs({ rate = "timelineFrameRate", drop = "timelineDropFrameTimecode" }) do
		for _, owner in ipairs(owners) do
			local value = setting(owner, name)
			if settings[key] == nil and value ~= NULL and value ~= "" then
				settings[key] = value
			end
		end
	end
	answer.timeline = {
		id = unique_id(timeline) or NULL, name = plain(ask(timeline, "GetName")), rate = settings.rate or NULL,
		start = whole(ask(timeline, "GetStartFrame")), ["end"] = whole(ask(timeline, "GetEndFrame")),
		start_timecode = plain(ask(timeline, "GetStartTimecode")), drop = settings.drop or NULL,
	}
	answer.timecode = plain(ask(timeline, "GetCurrentTimecode"))
	answer.markers = given.with_markers == false and NULL or markers_of(timeline)
	local lists
	answer.tracks, lists = tracks_of(timeline)
	answer.rows, answer.is_complete = rows_of(lists, entries(given.wanted), given.budget_ms or 500)
	return answer
end

function methods.export_otio(given)
	local _, _, timeline = here(given.timeline_id)
	local what, how = method_of(resolve, "EXPORT_OTIO"), method_of(resolve, "EXPORT_NONE")
	if what == nil or how == nil then
		refuse("missing", "this Resolve exports no OTIO", "Export")
	end
	return { is_done = ask(timeline, "Export", given.path, what, how) and true or false }
end

function methods.subtitles(given)
	local _, _, timeline = here(given.timeline_id)
	local found = list()
	for index = 1, track_count(timeline, "subtitle") do
		for _, item in ipairs(items_in(timeline, "subtitle", index)) do
			local span = { whole(ask(item, "GetStart")), whole(ask(item, "GetEnd")) }
			found[#found + 1] = list({ index, span[1], span[2], plain(ask(item, "GetName")) })
		end
	end
	return found
end

function methods.inventory(given)
	local _, pool, timeline = here(given.timeline_id)
	local media, items = list(), list()
	for id, clip in pairs(media_in(bin_of(pool, given.bin))) do
		local note = note_of(clip)
		if note then
			local path = plain(ask(clip, "GetClipProperty", "File Path"))
			media[#media + 1] = { id = id, note = note, name = plain(ask(clip, "GetName")), path = path }
		end
	end
	for index, entry in ipairs(our_items(timeline)) do
		items[index] = entry.about
	end
	return { media = media, items = items }
end

function methods.open_page(given)
	local old = plain(ask(resolve, "GetCurrentPage"))
	if old ~= given.page then
		ask(resolve, "OpenPage", given.page)
	end
	return { old = old, page = plain(ask(resolve, "GetCurrentPage")) }
end

local function import_into(pool, bin, files)
	local folder = bin_of(pool, bin, true)
	if not folder then
		refuse("refused", "the bin " .. bin .. " could not be made", "AddSubFolder")
	end
	if not ask(pool, "SetCurrentFolder", folder) then
		refuse("refused", "the bin " .. bin .. " could not be opened", "SetCurrentFolder")
	end
	local before = media_in(folder)
	for _, entry in ipairs(files) do
		if is_empty(ask(pool, "ImportMedia", { entry.path })) then
			ask(pool, "ImportMedia", { { FilePath = entry.path } })
		end
	end
	return folder, before
end

function methods.import_media(given)
	local _, pool = here(given.timeline_id)
	local old = ask(pool, "GetCurrentFolder") -- before a bin is made: that opens it
	local is_done, folder, before = pcall(import_into, pool, given.bin, entries(given.files))
	if old then
		ask(pool, "SetCurrentFolder", old)
	end
	if not is_done then
		error(folder, 0)
	end
	local answer, media = list(), media_in(folder)
	for _, entry in ipairs(entries(given.files)) do
		for id, clip in pairs(media) do
			local path = text_of(ask(clip, "GetClipProperty", "File Path"))
			if not before[id] and spelled(path) == spelled(entry.path) then
				answer[#answer + 1] = {
					path = entry.path, id = id, is_noted = leave_note(clip, entry.note),
					name = plain(ask(clip, "GetName")), fps = plain(ask(clip, "GetClipProperty", "FPS")),
					frames = plain(ask(clip, "GetClipProperty", "Frames")),
				}
				break
			end
		end
	end
	return answer
end

function methods.add_tracks(given)
	local _, _, timeline = here(given.timeline_id)
	local indices = list()
	for _, name in ipairs(entries(given.names)) do
		local before = track_count(timeline, "audio")
		if given.subtype == nil then
			ask(timeline, "AddTrack", "audio")
		else
			ask(timeline, "AddTrack", "audio", given.subtype)
		end
		local index = track_count(timeline, "audio")
		if index ~= before + 1 then
			break
		end
		indices[#indices + 1] = index
		ask(timeline, "SetTrackName", "audio", index, name)
	end
	return { indices = indices }
end

function methods.append_clips(given)
	local _, pool, timeline = here(given.timeline_id)
	local media = media_in(bin_of(pool, given.bin))
	for _, entry in ipairs(our_items(timeline)) do
		media[entry.about.media_id] = media[entry.about.media_id] or entry.media
	end
	local answers = list()
	for index, clip in ipairs(entries(given.clips)) do
		here(given.timeline_id) -- the call acts on whatever timeline is current
		local is_done = false
		if media[clip.media_id] then
			is_done = ask(pool, "AppendToTimeline", { {
				mediaPoolItem = media[clip.media_id], mediaType = 2, trackIndex = clip.track,
				startFrame = clip.start, endFrame = clip["end"], recordFrame = clip.record,
			} }) and true or false
		end
		answers[index] = is_done
	end
	return answers
end

function methods.delete_items(given)
	local _, _, timeline = here(given.timeline_id)
	local wanted = set_of(given.media_ids)
	local function ours()
		local found = {}
		for _, entry in ipairs(our_items(timeline)) do
			if wanted[entry.about.media_id] then
				found[#found + 1] = entry.item
			end
		end
		return found
	end
	local items = ours()
	if #items > 0 and not ask(timeline, "DeleteClips", items, false) then
		ask(timeline, "DeleteClips", items, false) -- it is known to fail once and then work
	end
	local left = #ours()
	return { left = left, deleted = #items - left }
end

function methods.delete_tracks(given)
	local _, _, timeline = here(given.timeline_id)
	local tracks = entries(given.tracks)
	table.sort(tracks, function(one, other)
		return one.index > other.index
	end)
	local deleted = 0
	for _, track in ipairs(tracks) do
		local is_same = ask(timeline, "GetTrackName", "audio", track.index) == track.name
		if is_same and is_empty(items_in(timeline, "audio", track.index)) then
			local before = track_count(timeline, "audio")
			ask(timeline, "DeleteTrack", "audio", track.index)
			deleted = deleted + (track_count(timeline, "audio") ~= before and 1 or 0)
		end
	end
	return { deleted = deleted }
end

function methods.set_track(given)
	local _, _, timeline = here(given.timeline_id)
	if given.is_enabled ~= nil then
		ask(timeline, "SetTrackEnable", "audio", given.index, given.is_enabled)
	end
	if given.is_locked ~= nil then
		ask(timeline, "SetTrackLock", "audio", given.index, given.is_locked)
	end
	return {}
end

function methods.add_markers(given)
	local _, _, timeline = here(given.timeline_id)
	local answers = list()
	for index, m in ipairs(entries(given.markers)) do
		answers[index] = ask(timeline, "AddMarker", m[1], m[2], m[3], m[4], m[5], m[6]) and true or false
	end
	return answers
end

function methods.delete_markers(given)
	local _, _, timeline = here(given.timeline_id)
	local wanted = set_of(given.custom_data)
	wanted[""] = nil
	local frames = {}
	for frame, marker in pairs(entries(ask(timeline, "GetMarkers"))) do
		if wanted[marker.customData] then
			frames[#frames + 1] = whole(frame)
		end
	end
	for _, frame in ipairs(frames) do
		ask(timeline, "DeleteMarkerAtFrame", frame)
	end
	local left = 0
	for _, marker in ipairs(markers_of(timeline)) do
		left = left + (wanted[marker[6]] and 1 or 0)
	end
	return { left = left }
end

--- Return the ids of the media that some timeline holds, or nil when the time does not suffice.
local function used_media(project, budget_ms)
	local stop_s = os.time() + math.max(1, floor(budget_ms / 1000 + 0.5))
	local used = {}
	for number = 1, count_of(ask(project, "GetTimelineCount")) do
		local timeline = ask(project, "GetTimelineByIndex", number)
		for index = 1, track_count(timeline, "audio") do
			for _, item in ipairs(items_in(timeline, "audio", index)) do
				if os.time() > stop_s then
					return nil
				end
				local clip = ask(item, "GetMediaPoolItem")
				local id = clip and unique_id(clip)
				if id then
					used[id] = true
				end
			end
		end
	end
	return used
end

function methods.delete_media(given)
	local project, pool = here(given.timeline_id)
	local ids, wanted = set_of(given.media_ids), {}
	for id, clip in pairs(media_in(bin_of(pool, given.bin))) do
		if ids[id] and note_of(clip) then
			wanted[id] = clip
		end
	end
	local used = next(wanted) and used_media(project, given.budget_ms or 20000)
	local clips = {}
	for id, clip in pairs(wanted) do
		if used and not used[id] then
			clips[#clips + 1] = clip
		end
	end
	if #clips > 0 then
		ask(pool, "DeleteClips", clips)
	end
	local folder = bin_of(pool, given.bin)
	local there = media_in(folder)
	if folder and next(there) == nil and is_empty(ask(folder, "GetSubFolderList")) then
		local current = ask(pool, "GetCurrentFolder")
		if current and unique_id(current) == unique_id(folder) then
			ask(pool, "SetCurrentFolder", ask(pool, "GetRootFolder"))
		end
		ask(pool, "DeleteFolders", { folder })
	end
	local left = list()
	for id in pairs(wanted) do
		if there[id] then
			left[#left + 1] = id
		end
	end
	return { left = left }
end

function methods.duplicate(given)
	local project, _, timeline = here(given.timeline_id)
	local copy = ask(timeline, "DuplicateTimeline", given.name)
	if not copy then
		refuse("refused", "the timeline could not be duplicated as " .. given.name, "DuplicateTimeline")
	end
	ask(project, "SetCurrentTimeline", copy)
	return { timeline_id = unique_id(copy) or NULL }
end

function methods.timeline_names()
	local project = open_project()
	local names = list()
	for number = 1, count_of(ask(project, "GetTimelineCount")) do
		names[number] = plain(ask(ask(project, "GetTimelineByIndex", number), "GetName"))
	end
	return names
end

function methods.select_timeline(given)
	local project = open_project()
	local timeline = timeline_by_id(project, given.timeline_id)
	if timeline then
		ask(project, "SetCurrentTimeline", timeline)
	end
	local current = ask(project, "GetCurrentTimeline")
	return { is_open = current and unique_id(current) == given.timeline_id or false }
end

function methods.delete_timeline(given)
	local project = open_project()
	local timeline = timeline_by_id(project, given.timeline_id)
	if timeline then
		ask(ask(project, "GetMediaPool"), "DeleteTimelines", { timeline })
	end
	return { is_gone = timeline_by_id(project, given.timeline_id) == nil }
end

function methods.save()
	if ask(open_project(), "GetName") == "Untitled Project" then
		return { is_saved = false, is_untitled = true }
	end
	local is_saved = ask(ask(resolve, "GetProjectManager"), "SaveProject")
	return { is_saved = is_saved and true or false, is_untitled = false }
end

function methods.playhead(given)
	local timeline = open_timeline(open_project())
	local is_moved = false
	if given.timecode ~= nil then
		is_moved = ask(timeline, "SetCurrentTimecode", given.timecode) and true or false
	end
	local timecode = plain(ask(timeline, "GetCurrentTimecode"))
	return { timecode = timecode, is_moved = is_moved, timeline_id = unique_id(timeline) or NULL }
end

-- --- the mailbox ----------------------------------------------------------------------------------------------------

local is_stopped = false

function methods.stop()
	is_stopped = true
	return {}
end

local function mailbox()
	if MAILBOX_BASE64:sub(1, 1) ~= "@" then
		return from_base64(MAILBOX_BASE64)
	end
	return nil
end

--- Return the question in the mailbox, or nil. Its file is a Lua table; it runs with nothing in reach.
local function question(path)
	if not bmd.fileexists(path) then
		return nil
	end
	local is_read, chunk = pcall(loadfile, path, "t", {})
	if not is_read or not chunk then
		return nil
	end
	if setfenv then
		setfenv(chunk, {})
	end
	local is_run, found = pcall(chunk)
	if is_run and type(found) == "table" and type(found.id) == "string" and type(found.body) == "string" then
		return found
	end
	return nil
end

local function leave(name, text)
	fusion:SetPrefs(KEY .. "." .. name, text)
	fusion:SavePrefs()
end

local function answer_to(found)
	local is_done, result = pcall(function()
		local message = decode(from_base64(found.body))
		local method = methods[message.method]
		if not method then
			refuse("unknown_method", "the launcher knows no " .. tostring(message.method), tostring(message.method))
		end
		local given = entries(message.params)
		if SLOW[message.method] or (given.budget_ms or 0) > SHORT_MS then
			leave("Ack", found.id)
		end
		return method(given)
	end)
	local answer = { jsonrpc = "2.0", id = found.id }
	if is_done then
		answer.result = result
	else
		local refusal = type(result) == "table" and result or { kind = "raised", detail = tostring(result), func = "" }
		print("Hitpoint: " .. refusal.kind .. " in " .. refusal.func .. ": " .. refusal.detail)
		answer.error = {
			code = -32000, message = refusal.detail,
			data = { error = refusal.kind, detail = refusal.detail, func = refusal.func },
		}
	end
	local body = to_base64(encode(answer))
	leave("Response", found.id .. ":" .. #body .. ":" .. body)
end

local function last_answered()
	local acknowledged = text_of(fusion:GetPrefs(KEY .. ".Ack"))
	local answered = text_of(fusion:GetPrefs(KEY .. ".Response")):match("^[^:]*")
	return { [acknowledged] = true, [answered or ""] = true }
end

--- Answer questions until the panel, a second click or Resolve's end stops it.
local function serve(folder)
	local path = folder .. "/request.lua"
	local token = os.time() .. tostring({})
	fusion:SetPrefs(KEY .. ".Owner", token) -- a loop that was started before sees this and ends
	local done = last_answered() -- a question is not answered twice, by two loops
	local asked_s, looked_s = os.time(), os.time()
	while not is_stopped do
		local now_s = os.time()
		local found = question(path)
		if found and not done[found.id] and now_s - (tonumber(found.time) or 0) <= OLDEST_S then
			done = { [found.id] = true }
			answer_to(found)
			asked_s = os.time()
		end
		if now_s - looked_s >= 1 then
			looked_s = now_s
			if fusion:GetPrefs(KEY .. ".Owner") ~= token then
				return "started again"
			end
			if resolve:GetProductName() == nil then
				return "Resolve was closed"
			end
		end
		bmd.wait(now_s - asked_s > IDLE_AFTER_S and IDLE_PAUSE_S or PAUSE_S)
	end
	return "the panel ended"
end

local folder = mailbox()
if not resolve or not fusion then
	print("Hitpoint: this is started from Resolve: Workspace > Scripts")
elseif not folder then
	print("Hitpoint: this script was copied by hand and does not know the mailbox: run Hitpoint's installer")
else
	print("Hitpoint: waiting for the panel; open it from the desktop, or with the command hitpoint panel")
	local is_well, reason = pcall(serve, folder)
	print("Hitpoint: " .. (is_well and "ended, " or "stopped by an error: ") .. tostring(reason))
end
