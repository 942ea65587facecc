# Completes vote-loadgen. Made from its --help by completions/generate.

function __vote_loadgen_at --description 'whether the command typed so far is this one'
    set --local path
    for word in (commandline --tokenize --cut-at-cursor --current-process)[2..]
        contains -- (string join -- ' ' $path $word) 
        and set --append path $word
    end
    test "$path" = "$argv"
end

complete --command vote-loadgen --no-files
complete --command vote-loadgen --short-option h --long-option help --description 'say this and exit'
complete --command vote-loadgen --long-option version --description 'say the version and exit'
complete --command vote-loadgen --short-option c --long-option config --require-parameter --force-files --description 'the configuration (else $XDG_CONFIG_HOME/vote/vote.toml, else /etc/vote/vote.toml)'
complete --command vote-loadgen --long-option set --exclusive --arguments 'store.url= store.read_url= queue.url= queue.topic= queue.dead_letter_topic= queue.partitions= cache.url= api.listen= api.threads= api.trusted_proxies= api.forwarded_header= api.public_url= api.tls_certificate= api.tls_key= api.max_body_bytes= api.name= api.lease= api.stop_delay= polls.grace= auth.secret_file= auth.token_ttl= auth.require_verified_email= limits.votes_per_ip_per_minute= limits.polls_per_user_per_hour= limits.votes_per_user_per_5_minutes= limits.devices_per_user= worker.batch_size= worker.batch_wait= worker.max_retries= log.level= log.format= log.file= metrics.listen=' --description 'set one key of the configuration; wins over the file and VOTE_SECTION_KEY variables; may be given often'
complete --command vote-loadgen --long-option check-config --description 'check the configuration and exit'
complete --command vote-loadgen --long-option print-config --description 'print the configuration as it is in force and exit'
complete --command vote-loadgen --long-option url --exclusive --description 'where a vote-api is, http only, several times for several; else VOTE_URL, else where [api] listens'
complete --command vote-loadgen --long-option secret-file --exclusive --description 'the secret that signs the voters\' tokens; else [auth] secret_file'
complete --command vote-loadgen --long-option poll --exclusive --description 'a poll to vote in, several times for several'
complete --command vote-loadgen --long-option polls --exclusive --description 'without --poll: so many are created'
complete --command vote-loadgen --long-option options --exclusive --description '100]=4'
complete --command vote-loadgen --long-option choices --exclusive --description '100]=1'
complete --command vote-loadgen --long-option voters --exclusive --description 'so many voters, who vote once in each poll; 0: as many as it takes'
complete --command vote-loadgen --long-option mix --exclusive --description 'what is sent, in parts: votes=80,retries=10,seconds=5,changes=3,revocations=1,reads=1,health=0; a name alone is all. retries send a recent vote again, seconds another vote of a recent voter; health is GET /healthz'
complete --command vote-loadgen --long-option rate --exclusive --description 'requests a second, due whether or not earlier ones were answered; FROM..TO: a ramp; max: every connection always busy'
complete --command vote-loadgen --long-option burst --exclusive --description 'RATE:EVERY:FOR, like 20000:10s:500ms: every 10 s that rate for half a second'
complete --command vote-loadgen --long-option for --exclusive --description 'how long, like 500ms, 30s, 2min'
complete --command vote-loadgen --long-option connections --exclusive --description 'kept connections'
complete --command vote-loadgen --long-option pipeline --exclusive --description 'requests in flight on one connection; the server answers them in order'
complete --command vote-loadgen --long-option watchers --exclusive --description 'connections beside those that watch results as they change, dealt out to the polls'
complete --command vote-loadgen --long-option seed --exclusive --description 'of the choice of kinds, polls and options; the same seed sends the same sequence'
complete --command vote-loadgen --long-option journal --exclusive --description 'a new file for what is sent and answered, NDJSON; for --verify and --replay'
complete --command vote-loadgen --long-option verify --exclusive --description 'judge these journals against the store and the API, and send nothing; without a name: the journal of this run, after it'
complete --command vote-loadgen --long-option replay --exclusive --description 'send again what has no answer in this journal, add the answers to it, judge'
complete --command vote-loadgen --long-option wait --exclusive --description 'how long the judge waits for the workers to process what the queue holds'
complete --command vote-loadgen --long-option json --description 'reports as one JSON object'
