--[[
Tells why Hitpoint is missing from Workspace > Scripts. Lua entries are listed in every edition, Python ones only where
Resolve finds a Python: who sees this entry and not "Hitpoint" learns here what to do.

What it finds is printed (Workspace > Console, Lua tab) and left in Fusion's preferences, where `hitpoint doctor` reads
it. It calls nothing but the product's name and version.
]]

local VERSION = "@HITPOINT_VERSION@"
local fusion = fusion or fu

local function called(name)
	local is_done, answer = pcall(function()
		return resolve[name](resolve)
	end)
	return is_done and answer or nil
end

local product = tostring(called("GetProductName") or "an unknown program")
local version = called("GetVersion")
local major = type(version) == "table" and tonumber(version[1]) or 0
local minor = type(version) == "table" and tonumber(version[2]) or 0
local text = tostring(called("GetVersionString") or (major .. "." .. minor))
local is_studio = product:find("Studio", 1, true) ~= nil

--- Return what is there of the things that Resolve's sandbox takes away, one after another.
local function left_over()
	local found = {}
	for _, name in ipairs({ "io", "package", "require", "ffi" }) do
		if _G and _G[name] ~= nil then
			found[#found + 1] = name
		end
	end
	if os and os.execute ~= nil then
		found[#found + 1] = "os.execute"
	end
	return table.concat(found, " ")
end

local function verdict()
	if major < 18 or (major == 18 and minor < 5) then
		return "too_old", "This version is too old: Hitpoint needs 18.5 or later."
	elseif not is_studio and (major > 21 or (major == 21 and minor >= 1)) then
		return "lua", "This free edition lists no Python scripts. Open Hitpoint's panel from the desktop, then click "
			.. "Workspace > Scripts > Hitpoint (free 21.1 and later)."
	end
	return "python", "Workspace > Scripts > Hitpoint should be there. If it is not, Resolve finds no Python: on macOS and "
		.. "Windows install Python 3.10 to 3.12 from python.org (not from Homebrew, pyenv, conda or the Microsoft Store), "
		.. "on Linux the system's python3; then restart Resolve. Until then, Hitpoint (free 21.1 and later) works here, too."
end

local key, sentence = verdict()
local left = left_over()
print("Hitpoint check " .. VERSION .. ": " .. product .. " " .. text)
print("Hitpoint check: the sandbox leaves " .. (left == "" and "nothing that it is known to take" or left))
print("Hitpoint check: " .. sentence)
if fusion then
	pcall(function()
		local report = key .. "|" .. product .. "|" .. text .. "|" .. left
		fusion:SetPrefs("Global.HitpointBridge.Canary", (report:gsub('[%c"\\{}]', "?")))
		fusion:SavePrefs()
	end)
end
