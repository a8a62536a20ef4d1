/** Where Argo CD looks for the health of a kind, in the ConfigMap argocd-cm. */
export const HEALTH_KEY = 'resource.customizations.health.openclaw.rocks_OpenClawInstance';

/**
 * How well an OpenClawInstance is, in Argo CD's words and its language, Lua. It goes by the phase, which the controller reads off the
 * conditions, and takes no word about an older spec.
 */
export const HEALTH_SCRIPT = `local hs = { status = "Progressing", message = "the controller has yet to look at it" }
local status = obj.status
if status == nil or status.conditions == nil then
  return hs
end
if obj.metadata.deletionTimestamp == nil and status.observedGeneration ~= obj.metadata.generation then
  hs.message = "the controller has yet to look at the newest spec"
  return hs
end
local health = { Running = "Healthy", Suspended = "Suspended", Degraded = "Degraded", Failed = "Degraded" }
hs.status = health[status.phase] or "Progressing"
for _, condition in ipairs(status.conditions) do
  if condition.type == "Ready" then
    hs.message = condition.message
  end
end
return hs
`;
