import { z } from 'zod';
import { yesOrNo } from './sentences.ts';
import { named, number, pattern, strictObject } from './strict-object.ts';

const tableName = pattern(
  /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/,
  'a table is written as name or schema.name, with small letters, digits and _',
);
const columnName = pattern(/^[a-z_][a-z0-9_]*$/, 'a column is written with small letters, digits and _');
const settingName = pattern(/^[A-Za-z_][A-Za-z0-9_-]*$/, 'a setting is written with letters, digits, - and _');
/** Key of a row in the product's flag table. */
const flagName = pattern(/^[A-Za-z0-9_][A-Za-z0-9_./-]*$/, 'a flag is written with letters, digits, - _ . and /');
/** A flag's setting, as `flag.setting`. */
export const flagSetting = pattern(
  /^[A-Za-z0-9_][A-Za-z0-9_./-]*\.[A-Za-z_][A-Za-z0-9_-]*$/,
  'write flag.setting, for example fair_matching.weight_reliability',
);

/** How the product stores its flags and communities. */
export const productSchema = strictObject({
  flags: strictObject({
    table: tableName.meta({ description: 'Table with one row per flag.' }),
    key: columnName.meta({ description: 'Column with the name of the flag.' }),
    on: columnName.meta({ description: 'Boolean column: is the flag on?' }),
    settings: columnName
      .meta({ description: 'JSON column with the settings of the flag; leave out when flags have none.' })
      .exactOptional(),
  }),
  communities: strictObject({
    table: tableName.meta({ description: 'Table with one row per community.' }),
    key: columnName.meta({ description: 'Column with the slug of the community.' }),
    name: columnName.meta({ description: 'Column with the name that people see.' }),
    settings: columnName.meta({ description: 'JSON column with the settings of the community.' }),
    eligible: z.record(columnName, z.string()).default({}).meta({ description: 'Column values of a community that may take part at all.' }),
    'in launch': strictObject({ setting: settingName, is: z.string() }).meta({
      description: 'The setting that marks a community as in the launch.',
    }),
  }).transform(({ 'in launch': inLaunch, ...rest }) => ({ ...rest, inLaunch })),
}).meta({ description: 'How the product stores its flags and communities: names are the product’s own.' });

const settingRule = strictObject({
  start: number('the value at the start').meta({ description: 'Value while the launch has nothing better.' }),
  min: number('the smallest value possible').meta({ description: 'Smallest value that may be tuned to.' }),
  max: number('the largest value possible').meta({ description: 'Largest value that may be tuned to.' }),
  step: number('how far one tuning may go').meta({ description: 'How far one tuning may go.' }),
});

/** What launches: its flags, and the settings that the launch may write. */
export const featuresSchema = named(
  strictObject({
    on: z
      .array(flagName)
      .min(1, { error: 'is empty: name the flags that turn the feature on' })
      .meta({ description: 'Flags that are on while the feature is on.' }),
    off: z
      .array(flagName)
      .min(1, { error: 'is empty: name the flags whose off turns the feature off' })
      .meta({ description: 'Flags whose off turns the feature off; the others go back to what they were.' }),
    settings: z.record(flagSetting, settingRule).default({}).meta({ description: 'Settings the launch may write, as flag.setting.' }),
  }),
  'What launches, by name: each feature with its flags and settings.',
);

/** Flags that must keep their value. */
export const guardsSchema = z
  .record(flagName, yesOrNo)
  .default({})
  .meta({ description: 'Flags that must keep this value for the whole launch.' });
