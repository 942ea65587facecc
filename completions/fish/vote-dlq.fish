# Completes vote-dlq. Made from its --help by completions/generate.

function __vote_dlq_at --description 'whether the command typed so far is this one'
    set --local path
    for word in (commandline --tokenize --cut-at-cursor --current-process)[2..]
        contains -- (string join -- ' ' $path $word) 'list' 'show' 'count' 'requeue' 'drop' 'lost'
        and set --append path $word
    end
    test "$path" = "$argv"
end

complete --command vote-dlq --no-files
complete --command vote-dlq --condition '__vote_dlq_at' --arguments list --description 'list dead letters, the oldest first'
complete --command vote-dlq --condition '__vote_dlq_at' --arguments show --description 'show all of some dead letters: reason, headers, message'
complete --command vote-dlq --condition '__vote_dlq_at' --arguments count --description 'count dead letters, all of them or by reason or poll'
complete --command vote-dlq --condition '__vote_dlq_at' --arguments requeue --description 'send votes round again, as they were'
complete --command vote-dlq --condition '__vote_dlq_at' --arguments drop --description 'give votes up for good'
complete --command vote-dlq --condition '__vote_dlq_at' --arguments lost --description 'list votes that hold polls back and are in no queue any more, or drop them'
complete --command vote-dlq --short-option h --long-option help --description 'say this and exit'
complete --command vote-dlq --long-option version --description 'say the version and exit'
complete --command vote-dlq --short-option c --long-option config --require-parameter --force-files --description 'the configuration (else $XDG_CONFIG_HOME/vote/vote.toml, else /etc/vote/vote.toml)'
complete --command vote-dlq --long-option set --exclusive --arguments 'store.url= store.read_url= queue.url= queue.topic= queue.dead_letter_topic= queue.partitions= cache.url= api.listen= api.threads= api.trusted_proxies= api.forwarded_header= api.public_url= api.tls_certificate= api.tls_key= api.max_body_bytes= api.name= api.lease= api.stop_delay= polls.grace= auth.secret_file= auth.token_ttl= auth.require_verified_email= limits.votes_per_ip_per_minute= limits.polls_per_user_per_hour= limits.votes_per_user_per_5_minutes= limits.devices_per_user= worker.batch_size= worker.batch_wait= worker.max_retries= log.level= log.format= log.file= metrics.listen=' --description 'set one key of the configuration; wins over the file and VOTE_SECTION_KEY variables; may be given often'
complete --command vote-dlq --long-option check-config --description 'check the configuration and exit'
complete --command vote-dlq --long-option print-config --description 'print the configuration as it is in force and exit'
complete --command vote-dlq --long-option json --description 'JSON, one object a line'
complete --command vote-dlq --short-option q --long-option quiet --description 'only data and errors'
complete --command vote-dlq --short-option v --long-option verbose --description 'say more'
complete --command vote-dlq --long-option no-color --description 'no colour on a terminal (NO_COLOR)'
complete --command vote-dlq --condition '__vote_dlq_at list' --long-option reason --exclusive --description 'only those with this reason, such as unknown_poll'
complete --command vote-dlq --condition '__vote_dlq_at list' --long-option poll --exclusive --description 'only votes on this poll'
complete --command vote-dlq --condition '__vote_dlq_at list' --long-option since --exclusive --description 'only those since then: a time, or how long ago (2h)'
complete --command vote-dlq --condition '__vote_dlq_at list' --long-option until --exclusive --description 'only those before then'
complete --command vote-dlq --condition '__vote_dlq_at list' --long-option limit --exclusive --description 'no more than so many'
complete --command vote-dlq --condition '__vote_dlq_at count' --long-option reason --exclusive --description 'only those with this reason, such as unknown_poll'
complete --command vote-dlq --condition '__vote_dlq_at count' --long-option poll --exclusive --description 'only votes on this poll'
complete --command vote-dlq --condition '__vote_dlq_at count' --long-option since --exclusive --description 'only those since then: a time, or how long ago (2h)'
complete --command vote-dlq --condition '__vote_dlq_at count' --long-option until --exclusive --description 'only those before then'
complete --command vote-dlq --condition '__vote_dlq_at count' --long-option by --exclusive --arguments 'reason poll' --description 'a row for each reason, or poll'
complete --command vote-dlq --condition '__vote_dlq_at requeue' --long-option reason --exclusive --description 'only those with this reason, such as unknown_poll'
complete --command vote-dlq --condition '__vote_dlq_at requeue' --long-option poll --exclusive --description 'only votes on this poll'
complete --command vote-dlq --condition '__vote_dlq_at requeue' --long-option since --exclusive --description 'only those since then: a time, or how long ago (2h)'
complete --command vote-dlq --condition '__vote_dlq_at requeue' --long-option until --exclusive --description 'only those before then'
complete --command vote-dlq --condition '__vote_dlq_at requeue' --long-option all --description 'every one'
complete --command vote-dlq --condition '__vote_dlq_at requeue' --short-option n --long-option dry-run --description 'tell what would be done, and do nothing'
complete --command vote-dlq --condition '__vote_dlq_at drop' --long-option reason --exclusive --description 'only those with this reason, such as unknown_poll'
complete --command vote-dlq --condition '__vote_dlq_at drop' --long-option poll --exclusive --description 'only votes on this poll'
complete --command vote-dlq --condition '__vote_dlq_at drop' --long-option since --exclusive --description 'only those since then: a time, or how long ago (2h)'
complete --command vote-dlq --condition '__vote_dlq_at drop' --long-option until --exclusive --description 'only those before then'
complete --command vote-dlq --condition '__vote_dlq_at drop' --long-option all --description 'every one'
complete --command vote-dlq --condition '__vote_dlq_at drop' --short-option y --long-option yes --description 'do not ask'
complete --command vote-dlq --condition '__vote_dlq_at drop' --short-option n --long-option dry-run --description 'tell what would be done, and do nothing'
complete --command vote-dlq --condition '__vote_dlq_at lost' --long-option poll --exclusive --description 'only votes on this poll'
complete --command vote-dlq --condition '__vote_dlq_at lost' --long-option drop --description 'give them up for good'
complete --command vote-dlq --condition '__vote_dlq_at lost' --short-option y --long-option yes --description 'do not ask'
