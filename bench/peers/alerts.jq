# The title of every alert, as a JSON string: see job.mjs for what an alert is.
select(.messageType == "DATA_MESSAGE") | .logEvents[].message
| select(contains("\"title\"")) | split("{") as $parts
| ("{" + ($parts[1:] | join("{")) | fromjson?) as $payload
| select($payload._aws == null)
| (if ($payload.message | type) == "object" then $payload.message else $payload end) as $data
| ($data.level // $data.log_level // $payload.level // $payload.log_level
   // ($parts[0] | [match("\\b(ERROR|FATAL|CRITICAL|fail|crit|WARN|WARNING|INFO|DEBUG|TRACE)\\b").string][0]) // "") as $level
| select($data.title != null and $data.title != "")
| ($data.title | tostring) as $title
| select(($level | tostring | ascii_upcase | IN("ERROR", "FATAL", "CRITICAL", "CRIT", "FAIL", "50", "60"))
         or ($title | startswith("[Action Required]")))
| select((($payload.code // $data.code // "") | tostring | ascii_upcase) != "FORCERETRYEXECUTION")
| $title
