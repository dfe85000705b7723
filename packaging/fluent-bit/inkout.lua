-- Fluent Bit's Lua filter over libinkout.so: every text and number of a record is redacted, judged with its name.
--
-- Fluent Bit passes a record on unchanged when its filter fails. So nothing here may fail: what goes wrong replaces the
-- record by one that says so (INKOUT_ON_FAILURE=drop drops it). Where the library or the settings are wrong, `redact` is
-- not defined, and Fluent Bit does not start.
--
-- Settings: INKOUT_LIBRARY, the library's path; INKOUT_SETTINGS, a text as in the configuration file, such as
-- profile = "strict". Private keys that are broken over several records are not seen as one.

local ffi = require("ffi")
ffi.cdef([[
typedef struct inkout inkout;
inkout *inkout_new(const char *settings, char *error, size_t error_len);
int inkout_redact(const inkout *inkout, const uint8_t *text, size_t len, uint8_t *out, size_t capacity, size_t *out_len);
]])

local library = ffi.load(os.getenv("INKOUT_LIBRARY") or "/usr/lib/libinkout.so")
local why = ffi.new("char[1024]")
local inkout = library.inkout_new(os.getenv("INKOUT_SETTINGS"), why, 1024)
if inkout == nil then error("inkout: " .. ffi.string(why)) end

local DEEPEST = 64
local MARKER = "[REDACTED]"
local drop = os.getenv("INKOUT_ON_FAILURE") == "drop"
local capacity = 65536
local buffer = ffi.new("uint8_t[?]", capacity)
local length = ffi.new("size_t[1]")

-- `text` without its secrets; an error where that cannot be.
local function clean(text)
    local code = library.inkout_redact(inkout, text, #text, buffer, capacity, length)
    if code == 1 then
        capacity = tonumber(length[0])
        buffer = ffi.new("uint8_t[?]", capacity)
        code = library.inkout_redact(inkout, text, #text, buffer, capacity, length)
    end
    if code ~= 0 then error("inkout_redact: " .. code) end
    return ffi.string(buffer, length[0])
end

local NAMES = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ['"'] = '\\"', ["\\"] = "\\\\" }
local SIGNS = { n = "\n", r = "\r", t = "\t" }

local function escape(text)
    return (text:gsub('[%z\1-\31"\\]', function(c) return NAMES[c] or ("\\u%04x"):format(c:byte()) end))
end

local function unescape(text)
    text = text:gsub("\\(u?)(.)(%x?%x?%x?)", function(u, sign, digits)
        if u == "u" then
            local code = tonumber(sign .. digits, 16)
            return code and string.char(code % 256) or MARKER
        end
        return (SIGNS[sign] or sign) .. digits
    end)
    return text
end

-- A value with its name as JSON, which the rules know best; and what is left of both.
local function pair(name, value)
    local head = '{"' .. escape(name) .. '":'
    local quoted = type(value) == "string"
    local text = head .. (quoted and '"' .. escape(value) .. '"' or tostring(value)) .. "}"
    local out = clean(text)
    if out == text then return name, value end
    if out:sub(1, #head) ~= head then return MARKER, MARKER end
    local inner = out:match('^"(.*)"}$', #head + 1)
    return name, inner and unescape(inner) or MARKER
end

local function walk(values, outer, depth)
    if depth > DEEPEST then error("too deep") end
    local out = {}
    for key, value in pairs(values) do
        local name, kind = type(key) == "string" and key or outer, type(value)
        if kind == "table" then
            local renamed = pair(name, "")
            out[type(key) == "string" and renamed or key] = walk(value, name, depth + 1)
        elseif kind == "string" or kind == "number" then
            local renamed, left = pair(name, value)
            out[type(key) == "string" and renamed or key] = left
        else
            out[key] = value
        end
    end
    return out
end

function redact(tag, timestamp, record)
    local done, out = pcall(walk, record, "", 0)
    if done then return 2, timestamp, out end
    if drop then return -1, timestamp, {} end
    return 2, timestamp, { inkout = "this record could not be redacted and was emptied" }
end
