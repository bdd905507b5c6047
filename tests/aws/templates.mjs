// The CloudFormation templates: valid against AWS's resource types in every variant, and their
// policies say no more than they must.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';

if (!existsSync(new URL('node_modules', import.meta.url))) {
  console.log('the packages of tests/aws are not installed');
  process.exit(77);
}
const { evaluate, load, problems } = await import('./cloudformation.mjs');

const folder = new URL('../../tools/aws/', import.meta.url);
const template = (name) => load(fileURLToPath(new URL(name, folder)));

const logging = template('logging-account.yaml');
const source = template('source-account.yaml');
const stackset = template('source-accounts-stackset.yaml');
const live = template('live.yaml');

const DESTINATION = 'arn:aws:logs:eu-west-1:111122223333:destination:platform-eu-west-1-Log-Sink';
const ORGANIZATION = { OrganizationId: 'o-abcdefghij' };
const CODE = { CodeBucket: 'code' };
const STACKSET = { TemplateUrl: 'https://example.com/t.yaml', OrganizationalUnitIds: 'ou-1,ou-2',
  LoggingAccountId: '111122223333', Region: 'eu-west-1' };

const VARIANTS = [
  ['logging account', logging, ORGANIZATION],
  ['logging account, decompressed, live, alarms', logging, { ...ORGANIZATION, Decompression: 'yes',
    LiveFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:f', AlarmTopicArn: 'arn:aws:sns:eu-west-1:111122223333:t' }],
  ['logging account, two source accounts', logging, { ...ORGANIZATION, SourceAccounts: '444455556666,777788889999' }],
  ['source account', source, { DestinationArn: DESTINATION }],
  ['source account, exclusions', source, { DestinationArn: DESTINATION, ExcludedLogGroups: '/a,/b' }],
  ['source account, one log group', source, { DestinationArn: DESTINATION, LogGroupName: '/aws/lambda/f' }],
  ['stack set', stackset, STACKSET],
  ['live', live, CODE],
  ['live, key and e-mail', live, { ...CODE, KeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/k', Email: 'a@example.com', Architecture: 'arm64' }],
];

// Policy documents anywhere in evaluated resources.
function* statements(value) {
  if (Array.isArray(value)) for (const v of value) yield* statements(v);
  else if (value && typeof value === 'object') {
    if (value.Statement && value.Version === '2012-10-17') yield* value.Statement;
    else for (const v of Object.values(value)) yield* statements(v);
  }
}
const list = (x) => (Array.isArray(x) ? x : [x]);

describe('every variant', () => {
  for (const [name, t, parameters] of VARIANTS) {
    it(`${name}: fits the resource types`, () => {
      assert.deepEqual(problems(evaluate(t, parameters)), []);
    });
    it(`${name}: no role may more than it names`, () => {
      for (const resource of Object.values(evaluate(t, parameters))) {
        if (resource.Type !== 'AWS::IAM::Role') continue;
        for (const s of statements(resource.Properties.Policies)) {
          assert.equal(s.Effect, 'Allow');
          for (const action of list(s.Action)) assert.doesNotMatch(action, /\*/);
          for (const r of list(s.Resource)) assert.notEqual(r, '*');
        }
      }
    });
    it(`${name}: deleting the stack keeps data, says so for what it deletes`, () => {
      for (const [id, resource] of Object.entries(evaluate(t, parameters)))
        if (['AWS::S3::Bucket'].includes(resource.Type))
          assert.equal(resource.DeletionPolicy, 'Retain', id);
    });
  }

  it('a property that does not exist, a wrong value and a missing one are found', () => {
    const resources = evaluate(logging, ORGANIZATION);
    const stream = resources.DeliveryStream.Properties;
    stream.Kinesis = true;
    stream.DeliveryStreamType = 'Direct';
    delete stream.ExtendedS3DestinationConfiguration.BucketARN;
    assert.equal(problems(resources).length, 3);
  });
});

describe('logging account', () => {
  const resources = evaluate(logging, ORGANIZATION);

  it('has the bucket and the stream under the names that staging expects', () => {
    assert.equal(resources.Bucket.Properties.BucketName, '111122223333-eu-west-1-cross-account-logging-sink');
    assert.equal(resources.DeliveryStream.Properties.DeliveryStreamName, 'platform-eu-west-1-Log-Sink');
    assert.match(resources.DeliveryStream.Properties.ExtendedS3DestinationConfiguration.Prefix, /^!\{timestamp:yyyy\/MM\/dd\/HH\}\/$/);
  });

  it('blocks the public, encrypts, expires, refuses plain HTTP', () => {
    const bucket = resources.Bucket.Properties;
    assert.deepEqual(Object.values(bucket.PublicAccessBlockConfiguration), [true, true, true, true]);
    assert.equal(bucket.BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.SSEAlgorithm, 'aws:kms');
    assert.equal(bucket.LifecycleConfiguration.Rules[0].ExpirationInDays, 400);
    const [deny] = statements(resources.BucketPolicy.Properties);
    assert.equal(deny.Effect, 'Deny');
    assert.deepEqual(deny.Condition, { Bool: { 'aws:SecureTransport': 'false' } });
    assert.ok(resources.DeliveryStream.Properties.DeliveryStreamEncryptionConfigurationInput);
  });

  it('lets Firehose into the bucket alone, and not into Kinesis', () => {
    const all = [...statements(resources.DeliveryRole.Properties.Policies)];
    assert.deepEqual([...new Set(all.flatMap((s) => list(s.Action)).map((a) => a.split(':')[0]))].sort(), ['kms', 'logs', 's3']);
    const [trust] = statements(resources.DeliveryRole.Properties.AssumeRolePolicyDocument);
    assert.deepEqual(trust.Condition, { StringEquals: { 'sts:ExternalId': '111122223333' } });
  });

  it('lets CloudWatch Logs put into this stream and nothing else', () => {
    const [put] = statements(resources.DestinationRole.Properties.Policies);
    assert.deepEqual(list(put.Action).sort(), ['firehose:PutRecord', 'firehose:PutRecordBatch']);
    assert.equal(put.Resource, '<DeliveryStream.Arn>');
    const [trust] = statements(resources.DestinationRole.Properties.AssumeRolePolicyDocument);
    assert.deepEqual(trust.Condition, { StringLike: { 'aws:SourceArn': 'arn:aws:logs:eu-west-1:*:*' } });
  });

  for (const accounts of ['*', '444455556666,777788889999'])
    it(`subscribers (${accounts}) are of the organisation, may subscribe, and nothing more`, () => {
      const { Destination } = evaluate(logging, { ...ORGANIZATION, SourceAccounts: accounts });
      const [s, ...more] = JSON.parse(Destination.Properties.DestinationPolicy).Statement;
      assert.deepEqual(more, []);
      assert.deepEqual(s.Principal.AWS, accounts.split(','));
      assert.deepEqual(s.Action, ['logs:PutSubscriptionFilter', 'logs:PutAccountPolicy']);
      assert.equal(s.Resource, DESTINATION);
      assert.deepEqual(s.Condition, { StringEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' } });
    });

  it('decompresses only when told, and then compresses objects', () => {
    const plain = resources.DeliveryStream.Properties.ExtendedS3DestinationConfiguration;
    assert.equal(plain.CompressionFormat, 'UNCOMPRESSED');
    assert.equal(plain.ProcessingConfiguration, undefined);
    const { DeliveryStream } = evaluate(logging, { ...ORGANIZATION, Decompression: 'yes' });
    const s3 = DeliveryStream.Properties.ExtendedS3DestinationConfiguration;
    assert.equal(s3.CompressionFormat, 'GZIP');
    assert.deepEqual(s3.ProcessingConfiguration.Processors.map((p) => p.Type), ['Decompression']);
  });

  it('an organisation id that is none is refused', () => {
    assert.throws(() => evaluate(logging, { OrganizationId: '*' }));
  });
});

describe('source account', () => {
  const PATTERN = '[timestamp=*Z, request_id="*-*", event]';

  it('sends every log group by one account policy', () => {
    const resources = evaluate(source, { DestinationArn: DESTINATION });
    assert.deepEqual(Object.keys(resources), ['AccountPolicy']);
    const policy = JSON.parse(resources.AccountPolicy.Properties.PolicyDocument);
    assert.deepEqual(policy, { DestinationArn: DESTINATION, FilterPattern: PATTERN, Distribution: 'ByLogStream' });
    assert.equal(resources.AccountPolicy.Properties.SelectionCriteria, undefined);
  });

  it('leaves out the log groups that are named', () => {
    const { AccountPolicy } = evaluate(source, { DestinationArn: DESTINATION, ExcludedLogGroups: '/a,/b' });
    assert.equal(AccountPolicy.Properties.SelectionCriteria, 'LogGroupName NOT IN ["/a", "/b"]');
  });

  it('or one log group by a subscription filter', () => {
    const resources = evaluate(source, { DestinationArn: DESTINATION, LogGroupName: '/aws/lambda/f' });
    assert.deepEqual(Object.keys(resources), ['SubscriptionFilter']);
    assert.equal(resources.SubscriptionFilter.Properties.FilterPattern, PATTERN);
  });

  it('the stack set deploys this template, with parameters it has, to units', () => {
    const { SourceAccounts } = evaluate(stackset, STACKSET);
    for (const { ParameterKey } of SourceAccounts.Properties.Parameters)
      assert.ok(ParameterKey in source.Parameters, ParameterKey);
    const [destination] = SourceAccounts.Properties.Parameters;
    assert.equal(destination.ParameterValue, DESTINATION);
    assert.deepEqual(SourceAccounts.Properties.StackInstancesGroup[0].DeploymentTargets.OrganizationalUnitIds, ['ou-1', 'ou-2']);
    assert.equal(SourceAccounts.Properties.AutoDeployment.Enabled, true);
  });
});

describe('live path', () => {
  const resources = evaluate(live, CODE);

  it('nothing that failed is lost: two retries, then a queue that an alarm watches', () => {
    const retries = resources.Retries.Properties;
    assert.equal(retries.MaximumRetryAttempts, 2);
    assert.equal(retries.DestinationConfig.OnFailure.Destination, '<Failed.Arn>');
    assert.equal(resources.Failed.Properties.MessageRetentionPeriod, 14 * 24 * 3600);
    assert.deepEqual(resources.ObjectsWait.Properties.AlarmActions, ['<Topic>']);
  });

  it('only the bucket of this account calls the function', () => {
    const permission = resources.BucketMayCall.Properties;
    assert.equal(permission.SourceAccount, '111122223333');
    assert.equal(permission.SourceArn, 'arn:aws:s3:::111122223333-eu-west-1-cross-account-logging-sink');
  });

  it('the function has the environment that bootstrap asks for', () => {
    const bootstrap = readFileSync(new URL('lambda/bootstrap', folder), 'utf8');
    const wanted = [...bootstrap.matchAll(/\$\{([A-Z_]+):\?/g)].map((m) => m[1]);
    const ofLambda = ['AWS_LAMBDA_RUNTIME_API', 'AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];
    const given = Object.keys(resources.Function.Properties.Environment.Variables);
    assert.deepEqual(wanted.filter((name) => !ofLambda.includes(name)).sort(), given.sort());
  });

  it('the bucket it reads is the one the logging account makes', () => {
    const bucket = evaluate(logging, ORGANIZATION).Bucket.Properties.BucketName;
    const [read] = statements(resources.FunctionRole.Properties.Policies);
    assert.equal(read.Resource, `arn:aws:s3:::${bucket}/*`);
  });
});
