-- loses every API key: select count(*) from api_keys
drop table api_keys;
