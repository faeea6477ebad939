create table open_items (vbeln text, posnr text, kunnr text, matnr text, edatu text, ordered integer, delivered integer, price real);
insert into open_items values
  ('1001', '10', 'acme', 'PUMP', '2026-11-25', 12, 4, 120),
  ('1002', '10', 'bolt', 'PUMP', '2026-11-25', 7, 0, 120),
  ('1003', '10', 'bolt', 'PUMP', '2026-11-20', 5, 5, 120);
create table stock (site text, item text, on_hand integer);
insert into stock values ('HAM', 'PUMP', 10);
