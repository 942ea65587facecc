# Completes vote-worker. Made from its --help by completions/generate.

function __vote_worker_at --description 'whether the command typed so far is this one'
    set --local path
    for word in (commandline --tokenize --cut-at-cursor --current-process)[2..]
        contains -- (string join -- ' ' $path $word) 
        and set --append path $word
    end
    test "$path" = "$argv"
end

complete --command vote-worker --no-files
complete --command vote-worker --short-option h --long-option help --description 'say this and exit'
complete --command vote-worker --long-option version --description 'say the version and exit'
complete --command vote-worker --short-option c --long-option config --require-parameter --force-files --description 'the configuration (else $XDG_CONFIG_HOME/vote/vote.toml, else /etc/vote/vote.toml)'
complete --command vote-worker --long-option set --exclusive --arguments 'store.url= store.read_url= queue.url= queue.topic= queue.dead_letter_topic= queue.partitions= cache.url= api.listen= api.threads= api.trusted_proxies= api.forwarded_header= api.public_url= api.tls_certificate= api.tls_key= api.max_body_bytes= api.name= api.lease= api.stop_delay= polls.grace= auth.secret_file= auth.token_ttl= auth.require_verified_email= limits.votes_per_ip_per_minute= limits.polls_per_user_per_hour= limits.votes_per_user_per_5_minutes= limits.devices_per_user= worker.batch_size= worker.batch_wait= worker.max_retries= log.level= log.format= log.file= metrics.listen=' --description 'set one key of the configuration; wins over the file and VOTE_SECTION_KEY variables; may be given often'
complete --command vote-worker --long-option check-config --description 'check the configuration and exit'
complete --command vote-worker --long-option print-config --description 'print the configuration as it is in force and exit'
complete --command vote-worker --long-option once --description 'drain the queue, then exit'
complete --command vote-worker --long-option input --require-parameter --force-files --description 'votes as NDJSON, a line each, instead of the queue (- is stdin); what is refused is reported on stdout'
