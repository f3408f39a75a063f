import { onEveryEngine } from "../support/databases.ts";
import { bookingSuite } from "./bookings.ts";
import { boundedListSuite } from "./bounded-lists.ts";
import { capacitySuite } from "./capacity.ts";
import { claimsSuite } from "./claims.ts";
import { commitSuite } from "./commit.ts";
import { eventLogSuite } from "./event-log.ts";
import { ledgerSuite } from "./ledger.ts";
import { ledgerChangesSuite } from "./ledger-changes.ts";
import { ledgerFailuresSuite } from "./ledger-failures.ts";
import { mailedLinkSuite } from "./mailed-link.ts";
import { occupancySuite } from "./occupancy.ts";
import { pageSuite } from "./pages.ts";
import { remindSuite } from "./remind.ts";

/** The conformance suite: whole, on each engine. */
onEveryEngine("the store", (engine) => {
  commitSuite(engine);
  bookingSuite(engine);
  capacitySuite(engine);
  claimsSuite(engine);
  occupancySuite(engine);
  pageSuite(engine);
  boundedListSuite(engine);
  eventLogSuite(engine);
  ledgerSuite(engine);
  ledgerChangesSuite(engine);
  ledgerFailuresSuite(engine);
  mailedLinkSuite(engine);
  remindSuite(engine);
});
