// Evaluates CloudFormation templates offline: the short tags, parameters, conditions and the
// intrinsic functions that the templates here use; anything else is an error. What comes out is
// checked against AWS's published resource types, as the service itself would.
import { readFileSync } from 'node:fs';
import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { isMap, isSeq, parseDocument } from 'yaml';

const ACCOUNT = '111122223333';
export const PSEUDO = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': 'eu-west-1',
  'AWS::Partition': 'aws',
  'AWS::StackName': 'millrace-live',
  'AWS::URLSuffix': 'amazonaws.com',
};
const NO_VALUE = Symbol('AWS::NoValue');

const FUNCTIONS = ['Ref', 'GetAtt', 'Sub', 'If', 'Join', 'Split', 'Equals', 'Not', 'And', 'Or'];

export function load(path) {
  const customTags = FUNCTIONS.flatMap((name) => [
    { tag: `!${name}`, resolve: (text) => text },
    { tag: `!${name}`, collection: 'seq', resolve: (sequence) => sequence },
  ]);
  const document = parseDocument(readFileSync(path, 'utf8'), { customTags, uniqueKeys: true });
  if (document.errors.length || document.warnings.length)
    throw new Error(`${path}: ${[...document.errors, ...document.warnings].join('; ')}`);
  return plain(document.contents);
}

// A YAML node as plain data, tags as the long forms of their functions.
function plain(node) {
  if (isMap(node))
    return Object.fromEntries(node.items.map((item) => [String(item.key.value), plain(item.value)]));
  const name = FUNCTIONS.find((f) => node?.tag === `!${f}`);
  const content = isSeq(node) ? node.items.map(plain) : node?.value ?? null;
  if (!name) return content;
  return name === 'Ref' ? { Ref: content } : { [`Fn::${name}`]: content };
}

// Resources of a template under given parameters, everything evaluated; refs to resources as
// readable stand-ins.
export function evaluate(template, given = {}) {
  const parameters = { ...PSEUDO };
  for (const [name, parameter] of Object.entries(template.Parameters ?? {})) {
    let value = given[name] ?? parameter.Default;
    if (value === undefined) throw new Error(`parameter ${name} has no value`);
    const text = String(value);
    if (parameter.AllowedPattern && !new RegExp(parameter.AllowedPattern).test(text))
      throw new Error(`parameter ${name}: ${text} does not match ${parameter.AllowedPattern}`);
    if (parameter.AllowedValues && !parameter.AllowedValues.map(String).includes(text))
      throw new Error(`parameter ${name}: ${text} is not allowed`);
    if (parameter.Type === 'Number') {
      value = Number(text);
      if (value < (parameter.MinValue ?? -Infinity) || value > (parameter.MaxValue ?? Infinity))
        throw new Error(`parameter ${name}: ${text} is out of range`);
    }
    parameters[name] = parameter.Type === 'CommaDelimitedList' ? text.split(',') : value;
  }
  for (const name of Object.keys(given))
    if (!(name in (template.Parameters ?? {}))) throw new Error(`no parameter ${name}`);

  const context = { template, parameters, used: new Set() };
  const resources = {};
  for (const [id, resource] of Object.entries(template.Resources)) {
    if (resource.Condition && !condition(context, resource.Condition)) continue;
    resources[id] = { ...resource, Properties: value(context, resource.Properties ?? {}) };
  }
  for (const output of Object.values(template.Outputs ?? {})) value(context, output.Value);
  for (const id of context.used)
    if (!(id in resources)) throw new Error(`${id} is used, but its condition is false`);
  return resources;
}

function condition(context, name) {
  const c = context.template.Conditions?.[name];
  if (c === undefined) throw new Error(`no condition ${name}`);
  return truth(context, c);
}

function truth(context, c) {
  if (c['Fn::Equals']) {
    const [a, b] = c['Fn::Equals'].map((x) => value(context, x));
    return String(a) === String(b);
  }
  if (c['Fn::Not']) return !truth(context, c['Fn::Not'][0]);
  if (c['Fn::And']) return c['Fn::And'].every((x) => truth(context, x));
  if (c['Fn::Or']) return c['Fn::Or'].some((x) => truth(context, x));
  throw new Error(`not a condition: ${JSON.stringify(c)}`);
}

function reference(context, name) {
  if (name === 'AWS::NoValue') return NO_VALUE;
  if (name in context.parameters) return context.parameters[name];
  if (!(name in context.template.Resources)) throw new Error(`Ref to ${name}, which is nowhere`);
  context.used.add(name);
  return `<${name}>`;
}

function attribute(context, [id, ...path]) {
  const resource = context.template.Resources[id];
  if (!resource) throw new Error(`GetAtt of ${id}, which is nowhere`);
  const type = resourceType(resource.Type);
  if (!(path.join('.') in (type.attributes ?? {})) && !type.properties[path.join('.')])
    throw new Error(`${resource.Type} has no attribute ${path.join('.')}`);
  context.used.add(id);
  return `<${id}.${path.join('.')}>`;
}

function substitute(context, argument) {
  const [text, more] = Array.isArray(argument) ? argument : [argument, {}];
  return text.replace(/\$\{(!?)([^}]+)\}/g, (_, literal, name) => {
    if (literal) return `\${${name}}`;
    if (name in more) return value(context, more[name]);
    if (name.includes('.') ) return attribute(context, name.split('.'));
    return String(reference(context, name));
  });
}

function value(context, v) {
  if (Array.isArray(v)) return v.map((x) => value(context, x)).filter((x) => x !== NO_VALUE);
  if (v === null || typeof v !== 'object') return v;
  const [key] = Object.keys(v);
  if (Object.keys(v).length === 1) {
    const argument = v[key];
    switch (key) {
    case 'Ref': return reference(context, argument);
    case 'Fn::GetAtt': return attribute(context, Array.isArray(argument) ? argument : argument.split('.'));
    case 'Fn::Sub': return substitute(context, argument);
    case 'Fn::If': return value(context, argument[condition(context, argument[0]) ? 1 : 2]);
    case 'Fn::Join': return value(context, argument[1]).join(argument[0]);
    case 'Fn::Split': return String(value(context, argument[1])).split(argument[0]);
    }
    if (key.startsWith('Fn::')) throw new Error(`function ${key} is not known here`);
  }
  return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, value(context, x)])
    .filter(([, x]) => x !== NO_VALUE));
}

// ---- Against AWS's resource types ----

let database;
function spec() {
  database ??= loadAwsServiceSpecSync();
  return database;
}

function resourceType(name) {
  const [type] = spec().lookup('resource', 'cloudFormationType', 'equals', name);
  if (!type) throw new Error(`no resource type ${name}`);
  return type;
}

// Everything wrong with evaluated resources, as lines.
export function problems(resources) {
  const found = [];
  for (const [id, resource] of Object.entries(resources)) {
    const type = resourceType(resource.Type);
    checkMembers(resource.Properties, type.properties, id, found);
  }
  return found;
}

function checkMembers(object, properties, where, found) {
  if (object === null || typeof object !== 'object' || Array.isArray(object)) {
    found.push(`${where}: wants an object, is ${JSON.stringify(object)}`);
    return;
  }
  for (const [key, v] of Object.entries(object)) {
    if (!properties[key]) found.push(`${where}: no property ${key}`);
    else checkValue(v, properties[key].type, `${where}.${key}`, found);
  }
  for (const [key, property] of Object.entries(properties))
    if (property.required && !(key in object)) found.push(`${where}: lacks ${key}`);
}

function checkValue(v, type, where, found) {
  const wrong = () => found.push(`${where}: ${JSON.stringify(v)} is not ${type.type}`);
  switch (type.type) {
  case 'string':
    // CloudFormation takes numbers and booleans for text.
    if (typeof v === 'object') wrong();
    else if (type.allowedValues && !type.allowedValues.includes(String(v)))
      found.push(`${where}: ${v} is not one of ${type.allowedValues}`);
    return;
  case 'integer': case 'number':
    if (!Number.isFinite(typeof v === 'string' ? Number(v) : v)) wrong();
    return;
  case 'boolean':
    if (v !== true && v !== false && v !== 'true' && v !== 'false') wrong();
    return;
  case 'json':
    if (v === null || typeof v !== 'object') wrong();
    return;
  case 'array':
    if (!Array.isArray(v)) wrong();
    else v.forEach((x, i) => checkValue(x, type.element, `${where}[${i}]`, found));
    return;
  case 'map':
    if (v === null || typeof v !== 'object') wrong();
    else Object.entries(v).forEach(([k, x]) => checkValue(x, type.element, `${where}.${k}`, found));
    return;
  case 'ref':
    checkMembers(v, spec().get('typeDefinition', type.reference.$ref).properties, where, found);
    return;
  case 'union': {
    const tries = type.types.map((t) => { const f = []; checkValue(v, t, where, f); return f; });
    if (!tries.some((f) => f.length === 0)) found.push(...tries[0]);
    return;
  }
  case 'tag':
    checkMembers(v, { Key: { type: { type: 'string' }, required: true }, Value: { type: { type: 'string' }, required: true } }, where, found);
    return;
  default:
    throw new Error(`${where}: type ${type.type} is not known here`);
  }
}
