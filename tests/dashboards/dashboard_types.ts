// What Grafana's own types say of a dashboard, for JSON: an enumeration is any of its texts there.
import type { Dashboard } from "@grafana/schema";

type Json<T> = T extends string ? `${T}` : T extends (infer Item)[] ? Json<Item>[]
  : T extends object ? { [Key in keyof T]: Json<T[Key]> } : T;

export type DashboardJson = Partial<Json<Dashboard>>;
