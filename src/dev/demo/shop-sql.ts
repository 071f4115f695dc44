/**
 * Which customers Batch does not know, 1%: they never installed the app. Which customers change, another 1%. Conditions on
 * `customers`, whose ids count from 1.
 */
export const isUnknownToBatch = 'id % 100 = 50';
export const isToChange = 'id % 100 = 7';

/**
 * Tables and rows of a shop. `dice(id, throw, sides)` is a number from 0 that depends on nothing else, so the shop of a
 * size is always the same.
 */
export function createShop(customers: number): string {
  return /* sql */ `
    create function dice(id bigint, throw int, sides int) returns int immutable parallel safe
      return ((hashint8extended(id, throw) & 9223372036854775807) % sides)::int;

    create table customers (
      id bigint primary key,
      external_id text not null unique,
      email text not null unique,
      first_name text,
      last_name text not null,
      city text,
      birth_date date,
      loyalty_tier text,
      ltv numeric(12,2),
      opted_in boolean,
      last_order_at timestamptz,
      tags text[],
      website text
    );
    create table orders (
      id bigint generated always as identity primary key,
      customer_id bigint not null,
      total numeric(10,2) not null,
      ordered_at timestamptz not null
    );

    insert into customers
    select id, 'C-' || lpad(id::text, 8, '0'), (${mailNames})[1 + dice(id, 22, 8)] || '.' || id || '@example.com',
      case dice(id, 1, 50) when 0 then null when 1 then '' else (${firstNames})[1 + dice(id, 2, 16)] end,
      (${lastNames})[1 + dice(id, 3, 12)],
      (${cities})[1 + dice(id, 4, 12)],
      case when dice(id, 5, 10) > 0 then date '1940-01-01' + dice(id, 6, 24000) end,
      case when dice(id, 7, 20) > 0 then (array['bronze', 'silver', 'gold'])[1 + dice(id, 8, 3)] end,
      case when dice(id, 9, 25) > 0 then dice(id, 10, 1000000) / 100.0 end,
      case when dice(id, 11, 10) > 0 then dice(id, 12, 3) > 0 end,
      case when ${hasOrders} then timestamptz '2026-01-01 00:00:00Z' + dice(id, 13, 31536000) * interval '0.57 s' end,
      case dice(id, 14, 12)
        when 0 then null
        when 1 then '{}'
        when 2 then array['vip', null, '李 & co', '']
        when 3 then array['5" display', 'back\\slash', 'a,b', '{x}']
        else (array['wine', 'books', 'garden', 'outlet', 'music'])[1 + dice(id, 15, 3):3 + dice(id, 16, 2)]
      end,
      case dice(id, 17, 1000)
        when 0 then 'https://shop.example/' || repeat('very-long-', 210)
        else case when dice(id, 18, 3) = 0 then 'https://example.com/~' || id || '?lang=fr#me' end
      end
    from generate_series(1::bigint, ${customers}) id;

    insert into orders (customer_id, total, ordered_at)
    select id, 5 + dice(id * 8 + n, 19, 50000) / 100.0, last_order_at - (n - 1) * interval '9 days'
    from customers, generate_series(1, 1 + dice(id, 20, 4)) n
    where ${hasOrders};

    create index on orders (customer_id);
    alter table orders add foreign key (customer_id) references customers;
    analyze customers, orders;`;
}

const hasOrders = 'dice(id, 21, 10) < 7';

const firstNames = `array['Ada', 'Zoë', '李', 'Noël', 'Søren', 'Chloé', 'Đặng', 'Ólafur', 'Siân', 'Jean-Luc', 'Ngozi',
  'Мария', 'יעל', 'D''Arcy', 'Ana', 'Yūki']`;
const mailNames = `array['ada', 'zoë', 'li', 'o''brien', 'søren', 'ana', 'm.rossi', '李']`;
const lastNames = `array['O''Brien', 'Müller', '王', 'García', 'Smith', 'Dupont', 'Nguyễn', 'Jónsdóttir', 'Okafor',
  'de la "Cruz"', 'Иванова', 'Rossi']`;
const cities = `array['Paris', 'Lyon', 'Zürich', 'Köln', 'São Paulo', '東京', 'Cork', 'Reykjavík', 'L''Aquila', null,
  'Lagos', 'New York']`;

/** Each customer in one of four ways. */
export const changeCustomers = /* sql */ `
  update customers set
    loyalty_tier = case when way = 0 then case loyalty_tier when 'gold' then 'silver' else 'gold' end else loyalty_tier end,
    ltv = case when way = 0 then coalesce(ltv, 0) + 49.90 else ltv end,
    opted_in = case when way = 1 then not coalesce(opted_in, false) else opted_in end,
    tags = case when way = 1 then array_append(tags, 'back again') else tags end,
    first_name = case when way = 2 then null else first_name end,
    website = case when way = 2 then 'https://example.org/' || id else website end,
    birth_date = case when way = 3 then coalesce(birth_date, date '2000-02-29') - 1 else birth_date end,
    city = case when way = 3 then 'Montréal' else city end
  from (select id as changed, id / 100 % 4 as way from customers where ${isToChange}) ways
  where id = changed`;

/** One more for the customers whose tier changes, if they have ordered before. */
export const addOrders = /* sql */ `
  with ordered as (
    update customers set last_order_at = timestamptz '2026-11-24 18:30:15.25Z'
    where ${isToChange} and id / 100 % 4 = 0 and last_order_at is not null
    returning id, last_order_at
  )
  insert into orders (customer_id, total, ordered_at) select id, 49.90, last_order_at from ordered`;

/** The first customer whose tier changes and who is in both segments. All columns as text. */
export const customersToWatch = /* sql */ `
  select id::text, email, first_name, last_name, city, birth_date::text, loyalty_tier, ltv::text, opted_in::text,
    last_order_at::text, tags::text, website
  from customers
  where ${isToChange} and id / 100 % 4 = 0 and last_order_at is not null
  order by customers.id limit 1`;
