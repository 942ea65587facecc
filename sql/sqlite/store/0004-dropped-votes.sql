-- Which requests an operator has dropped, looked up where a mark says that one is on its way.
CREATE INDEX operator_log_dropped ON operator_log (poll_id, user_id, request_id)
 WHERE action = 'dropped';
