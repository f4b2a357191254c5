import type { JsonResult } from '#platform/json-call.ts';
import type { Details } from '#services/productpage/answers.ts';
import { type Instance, instanceOf } from '#services/productpage/page/instance.ts';
import { type Missing, missing } from '#services/productpage/page/missing.ts';

export type DetailsView =
  | { readonly ok: true; readonly rows: readonly (readonly [string, string])[]; readonly instance?: Instance }
  | Missing;

/** Labels of the fields, in the order of the page. */
const LABELS = {
  author: 'Author',
  type: 'Type',
  pages: 'Pages',
  publisher: 'Publisher',
  year: 'Year',
  language: 'Language',
  'ISBN-10': 'ISBN-10',
  'ISBN-13': 'ISBN-13',
};

/** What the page shows of the details' answer. */
export function detailsView(result: JsonResult<Details>): DetailsView {
  if (!result.ok) return missing('details', result.reason);
  const rows = Object.entries(LABELS).flatMap(([field, label]) => {
    const value = result.value[field];
    return value === undefined || value === null ? [] : [[label, String(value)] as const];
  });
  const instance = instanceOf({ headers: result.headers });
  return { ok: true, rows, ...(instance && { instance }) };
}
