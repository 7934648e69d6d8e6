-- In place of Resolve's menu for Lua: runs a script with Resolve's globals, in the sandbox of free 21.1.
-- usage: lua menu_lua.lua SCRIPT exact|known|none
-- Questions about the double go out on standard output, answers come in on standard input; prints go to standard error.
-- exact: removes what Resolve is known to remove. known: leaves only what is known to be left.

local script, sandbox = arg[1], arg[2]
local read, write, flush, exit = io.read, io.write, io.flush, os.exit
local open, stderr = io.open, io.stderr

local function quoted(text)
	return '"' .. text:gsub('[%c"\\]', function(char)
		return string.format("\\u%04x", char:byte())
	end) .. '"'
end

local ids = setmetatable({}, { __mode = "k" })

local function encode(value)
	local kind = type(value)
	if value == nil then
		return "null"
	elseif kind == "boolean" then
		return tostring(value)
	elseif kind == "number" then
		return math.type and (math.type(value) == "integer" and tostring(value) or string.format("%.17g", value))
			or (value == math.floor(value) and string.format("%.1f", value) or string.format("%.17g", value))
	elseif kind == "string" then
		return quoted(value)
	elseif ids[value] then
		return '{"$":' .. (type(ids[value]) == "number" and string.format("%.0f", ids[value]) or quoted(ids[value])) .. "}"
	end
	local parts = {}
	if #value > 0 or next(value) == nil then
		for index = 1, #value do
			parts[index] = encode(value[index])
		end
		return '{"list":[' .. table.concat(parts, ",") .. "]}"
	end
	for name, entry in pairs(value) do
		parts[#parts + 1] = "[" .. encode(name) .. "," .. encode(entry) .. "]"
	end
	return '{"dict":[' .. table.concat(parts, ",") .. "]}"
end

local object

local function ask(target, op, rest)
	local name = type(target) == "number" and string.format("%.0f", target) or quoted(target)
	write('{"target":', name, ',"op":"', op, '"', rest or "", "}\n")
	flush()
	local line = read("*l")
	if not line then
		exit(0)
	end
	local chunk = assert((loadstring or load)(line))
	if setfenv then
		setfenv(chunk, { object = object })
	else
		chunk = load(line, "answer", "t", { object = object })
	end
	local is_well, value = chunk()
	if not is_well then
		error(value, 0)
	end
	return value
end

local known_methods = {}

function object(id, class)
	local proxy = {}
	ids[proxy] = id
	return setmetatable(proxy, {
		__index = function(_, name)
			local key = class .. "." .. name
			if known_methods[key] == nil then
				local value = ask(id, "get", ',"name":' .. quoted(name))
				if type(value) ~= "table" then
					return value
				end
				known_methods[key] = true
			end
			return function(self, ...)
				local parts = {}
				for index = 1, select("#", ...) do
					parts[index] = encode((select(index, ...)))
				end
				return ask(id, "call", ',"name":' .. quoted(name) .. ',"args":[' .. table.concat(parts, ",") .. "]")
			end
		end,
	})
end

local function exists(path)
	local stream = open(path, "rb")
	if stream then
		stream:close()
	end
	return stream ~= nil
end

local environment = {}
local real_loadfile = loadfile

local function sandboxed_loadfile(path, mode, env)
	local chunk, problem = real_loadfile(path, mode, env or environment)
	if chunk and setfenv then
		setfenv(chunk, env or environment)
	end
	return chunk, problem
end

local bmd = {
	wait = function(seconds)
		ask("bmd", "wait", string.format(',"seconds":%.6f', seconds))
	end,
	fileexists = exists,
	direxists = exists,
}

local function say(...)
	local parts = {}
	for index = 1, select("#", ...) do
		parts[index] = tostring((select(index, ...)))
	end
	stderr:write(table.concat(parts, "\t"), "\n")
end

if sandbox == "known" then
	for _, name in ipairs({
		"assert", "error", "getmetatable", "ipairs", "math", "next", "pairs", "pcall", "select", "setmetatable", "string",
		"table", "tonumber", "tostring", "type", "unpack", "jit",
	}) do
		environment[name] = _G[name]
	end
	environment.os = { getenv = os.getenv, time = os.time }
else
	for name, value in pairs(_G) do
		environment[name] = value
	end
	environment.arg = nil
	if sandbox == "exact" then
		environment.os = {}
		for name, value in pairs(os) do
			environment.os[name] = value
		end
		environment.os.execute = nil
		environment.io, environment.package, environment.require, environment.ffi = nil, nil, nil, nil
	end
end
if sandbox == "none" then
	bmd.readdir = function()
		return {}
	end
end
environment._G = environment
environment.print = say
environment.loadfile = sandboxed_loadfile
environment.bmd = bmd
environment.resolve = object("resolve", "Resolve")
environment.fusion = object("fusion", "Fusion")
environment.fu = environment.fusion

local chunk = assert(sandboxed_loadfile(script, "t"))
chunk()
