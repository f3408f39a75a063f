-- Positions are never used again, so they stay where they are.
select 1;
