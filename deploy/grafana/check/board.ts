// The shape of our boards in Grafana's own types. A board's JSON is written behind
// `const board: Board = ` and compiled: a misspelt key and a wrong type are errors.
import type { Dashboard, DataQuery, Panel, RowPanel } from "@grafana/schema";
import type * as stat from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type * as bargauge from "@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen";
import type * as timeseries from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

// JSON holds an enum's value, not its name.
type Plain<T> = unknown extends T
  ? T
  : T extends string
    ? `${T}`
    : T extends ReadonlyArray<infer Item>
      ? Plain<Item>[]
      : T extends object
        ? { [Key in keyof T]: Plain<T[Key]> }
        : T;

// The Prometheus data source's query; the package has no type for it.
interface PrometheusQuery extends DataQuery {
  datasource: { type: "prometheus"; uid: string };
  expr: string;
  legendFormat: string;
  instant: boolean;
  range: boolean;
}

type Of<Kind extends string, Options, Custom = Record<string, never>> = Omit<
  Plain<Panel>,
  "type" | "title" | "description" | "options" | "targets" | "fieldConfig"
> & {
  type: Kind;
  title: string;
  description: string;
  options: Plain<Options>;
  targets: PrometheusQuery[];
  fieldConfig: {
    defaults: Omit<Plain<NonNullable<Panel["fieldConfig"]>["defaults"]>, "custom" | "unit"> & {
      unit: string;
      custom?: Plain<Custom>;
    };
    overrides: never[];
  };
};

export type Board = Omit<Plain<Dashboard>, "panels"> & {
  panels: (
    | Plain<RowPanel>
    | Of<"stat", stat.Options>
    | Of<"bargauge", bargauge.Options>
    | Of<"timeseries", timeseries.Options, timeseries.FieldConfig>
  )[];
};
