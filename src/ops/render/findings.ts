import type { Finding } from '../../plan/lint-plan.ts';
import type { ProductReport } from '../product-check.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';

const severityPaint = { error: 'bad', warning: 'warn', note: 'faint' } as const;

/** What lint found in a plan and, where it was asked, in the product. */
export function findingsText(
  {
    path,
    findings,
    product,
  }: { readonly path: string; readonly findings: readonly Finding[]; readonly product: ProductReport | undefined },
  paint: Paint,
): string {
  const rows = findings.map(({ severity, where, sentence }) => [paint[severityPaint[severity]](severity), `${where}: ${sentence}`]);
  const parts = [rows.length === 0 ? `${paint.good('ok')}  ${path}` : `${paint.title(path)}\n${table(rows)}`];
  if (product !== undefined) parts.push(productText(product, paint));
  return parts.join('\n\n');
}

function productText({ problems, probes }: ProductReport, paint: Paint): string {
  const lacks = problems.map((problem) => [paint.bad('error'), problem]);
  const product = lacks.length === 0 ? `  ${paint.good('ok')}  flags, guards and communities are there, and free` : table(lacks);
  const answers = probes.map(({ probe, status, says }) => [probeMark(status, paint), probe, says]);
  return `${paint.title('Product')}\n${product}\n\n${paint.title('Probes')}\n${table(answers)}`;
}

function probeMark(status: ProductReport['probes'][number]['status'], paint: Paint): string {
  if (status === 'answered') return paint.good('ok');
  return status === 'not asked' ? paint.faint('-') : paint.bad('no answer');
}
