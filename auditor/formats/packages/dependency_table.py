"""Data: the external systems that services use, a row each; the rows are read by `dependency_kinds`."""

from __future__ import annotations

# kind :: id :: title :: images :: prefix of settings :: packages :: words of tests :: stand-ins
STORES = r"""
db :: postgres :: PostgreSQL :: postgres|postgresql|postgis|timescaledb(?:-ha)?|pgvector|spilo-\d+|cloudnative-pg|cockroach|supabase-postgres|pgbouncer :: POSTGRES(?:QL)?|PG|PGSQL|PGHOST|PGDATABASE|COCKROACH :: psycopg(?:2|3)?(?:-binary|-c|-pool)?|asyncpg|aiopg|pg8000|pg|pg-promise|postgres|pg-native|@types/pg|postgresql|r2dbc-postgresql|npgsql(?:\.entityframeworkcore\.postgresql)?|github\.com/(?:lib/pq|jackc/pgx|go-pg/pg)|gorm\.io/driver/postgres|tokio-postgres|postgrex|django-pgtrigger|@vercel/postgres :: postgres postgresql postgre pg pgsql psycopg asyncpg pgx :: pg-mem|pgmock|pgxmock|github\.com/pashagolub/pgxmock
db :: mysql :: MySQL or MariaDB :: mysql|mysql-server|mariadb|percona(?:-server)?|vitess :: MYSQL|MARIADB :: mysqlclient|pymysql|aiomysql|asyncmy|mysql|mysql2|mysql-connector(?:-j|-java|-python)?|mariadb(?:-java-client)?|mysqlconnector|pomelo\.entityframeworkcore\.mysql|github\.com/go-sql-driver/mysql|gorm\.io/driver/mysql|mysql_async|trilogy :: mysql mariadb :: mysql-mock
db :: mssql :: SQL Server :: mssql-server|server-mssql|azure-sql-edge :: MSSQL|SQLSERVER|SQL_SERVER :: pymssql|mssql|mssql-jdbc|tedious|microsoft\.data\.sqlclient|microsoft\.entityframeworkcore\.sqlserver|github\.com/(?:denisenkom|microsoft)/go-mssqldb|tiny_tds|gorm\.io/driver/sqlserver :: mssql sqlserver ::
db :: oracle :: Oracle Database :: oracle-(?:xe|free)|database-enterprise :: ORACLE :: oracledb|cx-oracle|ojdbc\d*|github\.com/(?:godror/godror|sijms/go-ora)|oracle\.manageddataaccess(?:\.core)? :: oracle oracledb ::
db :: mongo :: MongoDB :: mongo|mongodb|mongodb-community-server|percona-server-mongodb|ferretdb :: MONGO|MONGODB|MONGO_DB :: pymongo|motor|mongoengine|beanie|odmantic|mongodb|mongoose|mongodb-driver(?:-sync|-reactivestreams)?|spring-boot-starter-data-mongodb(?:-reactive)?|mongodb\.driver|go\.mongodb\.org/mongo-driver|mongoid|mongo|connect-mongo :: mongo mongodb mongoose :: mongomock(?:-motor)?|mongo-mock|mockgoose|mongodb-js-mock
db :: cassandra :: Cassandra or ScyllaDB :: cassandra|scylla|dse-server :: CASSANDRA|SCYLLA :: cassandra-driver|scylla-driver|java-driver-core|github\.com/(?:apache/cassandra-gocql-driver|gocql/gocql) :: cassandra scylla ::
db :: clickhouse :: ClickHouse :: clickhouse|clickhouse-server :: CLICKHOUSE :: clickhouse-(?:driver|connect|sqlalchemy|jdbc)|@clickhouse/client|github\.com/clickhouse/clickhouse-go :: clickhouse ::
db :: neo4j :: Neo4j :: neo4j :: NEO4J :: neo4j(?:-driver|-java-driver)?|neomodel|github\.com/neo4j/neo4j-go-driver :: neo4j ::
db :: influxdb :: InfluxDB :: influxdb :: INFLUX|INFLUXDB :: influxdb(?:-client|3-python|-client-java)?|@influxdata/influxdb-client|github\.com/influxdata/influxdb-client-go :: influx influxdb ::
db :: dynamodb :: DynamoDB :: dynamodb-local :: DYNAMODB|DYNAMO :: pynamodb|@aws-sdk/(?:client|lib)-dynamodb|dynamoose|awssdk\.dynamodbv2|github\.com/aws/aws-sdk-go-v2/service/dynamodb|aws-sdk-dynamodb :: dynamo dynamodb :: dynalite|moto
db :: spanner :: Cloud Spanner :: cloud-spanner-emulator :: SPANNER|SPANNER_INSTANCE|SPANNER_PROJECT :: google-cloud-spanner|@google-cloud/spanner|google\.cloud\.spanner\.data|cloud\.google\.com/go/spanner :: spanner ::
db :: alloydb :: AlloyDB :: alloydb.* :: ALLOYDB(?:_(?:PRIMARY_IP|CLUSTER_NAME|INSTANCE_NAME|TABLE_NAME|DATABASE_NAME))? :: google-cloud-alloydb-connector|langchain-google-alloydb-pg|cloud\.google\.com/go/alloydbconn :: alloydb ::
db :: firestore :: Firestore :: firestore-emulator :: FIRESTORE :: google-cloud-firestore|@google-cloud/firestore|cloud\.google\.com/go/firestore :: firestore ::
db :: bigquery :: BigQuery :: bigquery-emulator :: BIGQUERY|BIGQUERY_(?:PROJECT|DATASET) :: google-cloud-bigquery|@google-cloud/bigquery|cloud\.google\.com/go/bigquery :: bigquery ::
db :: tinybird :: Tinybird :: tinybird-local :: TINYBIRD|TINYBIRD_API|TINYBIRD_API_TOKEN :: tinybird(?:-sdk|-cli)? :: tinybird ::
db :: couchdb :: CouchDB or Couchbase :: couchdb|couchbase(?:-server)?|server-couchbase :: COUCHDB|COUCHBASE :: couchdb|couchbase|nano|pouchdb|github\.com/couchbase/gocb :: couchdb couchbase ::
db :: vectors :: vector database :: qdrant|milvus|weaviate|chroma :: QDRANT|MILVUS|WEAVIATE|CHROMA|PINECONE :: qdrant-client|pymilvus|weaviate-client|chromadb|pinecone(?:-client)?|@qdrant/js-client-rest|@pinecone-database/pinecone :: qdrant milvus weaviate chroma pinecone vectorstore ::
cache :: redis :: Redis :: redis|valkey|keydb|dragonfly|redis-stack(?:-server)?|valkey-server|redis-server :: REDIS|VALKEY|KEYDB|REDIS_CACHE|REDIS_TLS|REDISCLOUD|REDISHOST :: redis|aioredis|hiredis|django-redis|redis-om|valkey|valkey-glide|ioredis|@redis/client|bull|bullmq|connect-redis|rate-limit-redis|github\.com/(?:redis/go-redis|go-redis/redis|gomodule/redigo|redis/rueidis|valkey-io/valkey-go)|jedis|lettuce-core|redisson(?:-spring-boot-starter)?|spring-boot-starter-data-redis(?:-reactive)?|stackexchange\.redis|microsoft\.extensions\.caching\.stackexchangeredis|sidekiq|resque|predis/predis|fred|deadpool-redis|rq|django-rq|arq|celery-redbeat|channels-redis|@upstash/redis :: redis valkey ioredis jedis lettuce :: fakeredis|redis-mock|ioredis-mock|mockredis(?:py)?|birdisle|github\.com/(?:alicebob/miniredis|go-redis/redismock)|embedded-redis|redis-memory-server|mock_redis|fakeredis-rb
cache :: memcached :: Memcached :: memcached :: MEMCACHED?|MEMCACHIER :: pymemcache|python-memcached|pylibmc|aiomcache|memcached|memjs|github\.com/bradfitz/gomemcache|spymemcached|xmemcached|dalli|enyimmemcachedcore :: memcache memcached :: mockcache
broker :: rabbitmq :: RabbitMQ :: rabbitmq|lavinmq :: RABBIT|RABBITMQ|AMQP|CLOUDAMQP :: pika|aio-pika|aiormq|amqplib|amqp-connection-manager|rabbitmq-client|rabbitmq\.client|masstransit\.rabbitmq|amqp-client|spring-boot-starter-amqp|spring-rabbit|github\.com/(?:rabbitmq/amqp091-go|streadway/amqp)|bunny|lapin|php-amqplib/php-amqplib :: rabbit rabbitmq amqp :: mock-amqplib|mock-amqp-connection|bunny-mock|rabbitmq-mock
broker :: kafka :: Kafka :: kafka|cp-kafka|cp-server|redpanda|kafka-native :: KAFKA|REDPANDA :: kafka-python(?:-ng)?|aiokafka|confluent-kafka|faust(?:-streaming)?|kafkajs|node-rdkafka|@confluentinc/kafka-javascript|kafka-clients|spring-kafka|confluent\.kafka|github\.com/(?:segmentio/kafka-go|ibm/sarama|shopify/sarama|confluentinc/confluent-kafka-go|twmb/franz-go)|rdkafka|ruby-kafka|karafka :: kafka redpanda kafkajs :: mockafka(?:-py)?|kafkajs-mock|kafka-mock|embedded-kafka|spring-kafka-test
broker :: nats :: NATS :: nats|nats-server|nats-streaming :: NATS :: nats-py|asyncio-nats-client|nats|@nats-io/[\w-]+|jnats|nats\.(?:client|net)|github\.com/nats-io/nats\.go|async-nats :: nats jetstream ::
broker :: sqs :: Amazon SQS or SNS :: elasticmq|elasticmq-native|goaws :: (?:AWS_)?SQS|SQS_QUEUE|(?:AWS_)?SNS|SNS_TOPIC :: @aws-sdk/client-(?:sqs|sns)|sqs-consumer|awssdk\.(?:sqs|simplenotificationservice)|github\.com/aws/aws-sdk-go-v2/service/(?:sqs|sns)|aws-sdk-(?:sqs|sns) :: sqs sns elasticmq :: moto|mock-sqs
broker :: pubsub :: Google Pub/Sub :: :: PUBSUB|PUBSUB_(?:TOPIC|PROJECT|SUBSCRIPTION) :: google-cloud-pubsub|@google-cloud/pubsub|google\.cloud\.pubsub\.v1|cloud\.google\.com/go/pubsub :: pubsub ::
broker :: servicebus :: Azure Service Bus :: :: (?:AZURE_)?SERVICE_?BUS|(?:AZURE_)?EVENT_?HUBS? :: azure-(?:servicebus|eventhub)|@azure/(?:service-bus|event-hubs)|azure\.messaging\.(?:servicebus|eventhubs) :: servicebus eventhub ::
broker :: mqtt :: MQTT broker :: eclipse-mosquitto|mosquitto|emqx|vernemq|hivemq4? :: MQTT|MOSQUITTO :: paho-mqtt|aiomqtt|gmqtt|mqtt|github\.com/eclipse/paho\.mqtt\.golang|mqttnet :: mqtt mosquitto :: aedes
broker :: pulsar :: Pulsar :: pulsar|pulsar-all :: PULSAR :: pulsar-client|github\.com/apache/pulsar-client-go :: pulsar ::
broker :: temporal :: Temporal :: temporal|auto-setup :: TEMPORAL :: temporalio|@temporalio/[\w-]+|go\.temporal\.io/sdk :: temporal ::
storage :: s3 :: S3 :: minio|minio-server|seaweedfs|garage|rustfs :: (?:AWS_)?S3|MINIO|(?:AWS_)?S3_BUCKET|AWS_BUCKET|AWS_STORAGE_BUCKET|S3_\w+_BUCKET|BUCKET|S3_PUBLIC :: aioboto3|s3fs|minio|@aws-sdk/(?:client-s3|lib-storage|s3-request-presigner)|multer-s3|awssdk\.s3|github\.com/(?:minio/minio-go|aws/aws-sdk-go-v2/service/s3)|aws-sdk-s3|league/flysystem-aws-s3-v3|aws-java-sdk-s3 :: s3 minio :: moto|mock-aws-s3|s3rver|aws-sdk-client-mock|adobe/s3mock|s3mock(?:-testcontainers)?|fake-s3|gofakes3|github\.com/johannesboyne/gofakes3
storage :: gcs :: Google Cloud Storage :: fake-gcs-server :: GCS|GCS_BUCKET|GS_BUCKET|GOOGLE_CLOUD_STORAGE(?:_BUCKET)? :: google-cloud-storage|@google-cloud/storage|google\.cloud\.storage\.v1|cloud\.google\.com/go/storage|gcsfs :: gcs cloudstorage :: gcp-storage-emulator
storage :: b2 :: Backblaze B2 :: :: B2|BACKBLAZE :: b2sdk|backblaze-b2 :: b2 backblaze ::
storage :: azureblob :: Azure Blob Storage :: azurite :: AZURE_(?:BLOB_)?STORAGE(?:_ACCOUNT)?|AZURE_BLOB|AZURE_ACCOUNT :: azure-storage-blob|@azure/storage-blob|azure\.storage\.blobs|github\.com/azure/azure-sdk-for-go/sdk/storage/azblob :: azurite azureblob azurestorage ::
search :: elasticsearch :: Elasticsearch :: elasticsearch :: ELASTIC|ELASTICSEARCH|ES :: elasticsearch(?:-dsl|-py|-java|-rails)?|django-elasticsearch-dsl|elasticsearch-rest-(?:high-level-)?client|@elastic/elasticsearch|spring-boot-starter-data-elasticsearch|elastic\.clients\.elasticsearch|github\.com/(?:elastic/go-elasticsearch|olivere/elastic)|searchkick|nest :: elastic elasticsearch :: elasticmock|@elastic/elasticsearch-mock
search :: opensearch :: OpenSearch :: opensearch :: OPENSEARCH :: opensearch-(?:py|dsl|java|ruby)|@opensearch-project/opensearch|github\.com/opensearch-project/opensearch-go :: opensearch :: openmock
search :: solr :: Solr :: solr :: SOLR :: pysolr|solrj|solr-client|rsolr :: solr ::
search :: meilisearch :: Meilisearch :: meilisearch :: MEILI|MEILISEARCH|MEILI_HTTP|MEILI_MASTER :: meilisearch(?:-python-sdk)?|github\.com/meilisearch/meilisearch-go :: meili meilisearch ::
search :: typesense :: Typesense :: typesense :: TYPESENSE :: typesense :: typesense ::
mail :: mail :: SMTP server :: mailpit|mailhog|maildev|greenmail(?:-standalone)?|inbucket|smtp4dev|mailcatcher|postfix|docker-mailserver|mailcrab :: SMTP|MAIL|EMAIL|MAILER|IMAP|POP3|MAIL_SERVER|SMTP_MAIL :: aiosmtplib|fastapi-mail|flask-mail(?:man)?|nodemailer|emailjs|imapflow|spring-boot-starter-mail|mailkit|github\.com/(?:wneessen/go-mail|jordan-wright/email)|gopkg\.in/(?:gomail\.v2|mail\.v2)|lettre|phpmailer/phpmailer|symfony/mailer|aioimaplib|imapclient :: smtp imap mailpit mailhog greenmail mailer :: nodemailer-mock|smtpmock|wiser|dumbster
directory :: ldap :: LDAP directory :: openldap|test-openldap|glauth|lldap|389ds|opendj :: LDAP|(?:AUTH_)?LDAP_SERVER|LDAP_BIND|LDAP_BASE|LDAP_AUTH :: python-ldap|ldap3|django-auth-ldap|ldapjs|ldapts|spring-ldap-core|github\.com/go-ldap/ldap|net-ldap|novell\.directory\.ldap :: ldap activedirectory :: ldap-mock|ldap-server-mock|unboundid-ldapsdk
directory :: consul :: Consul, etcd or ZooKeeper :: consul|etcd|zookeeper|cp-zookeeper :: CONSUL|CONSUL_HTTP|ETCD|ZOOKEEPER|ZK :: python-consul2?|py-consul|etcd3|kazoo|github\.com/hashicorp/consul/api|go\.etcd\.io/etcd/client/v3|consul :: consul etcd zookeeper ::
directory :: vault :: HashiCorp Vault :: vault|openbao :: VAULT :: hvac|node-vault|spring-cloud-starter-vault-config|github\.com/hashicorp/vault/api|vaultsharp :: vault ::
directory :: oidc :: identity provider :: keycloak|authentik|zitadel|dex|hydra|mock-oauth2-server :: OIDC|OIDC_ISSUER|OPENID|KEYCLOAK|OAUTH2?_ISSUER|OIDC_CONFIGURATION|OIDC_CLIENT_(?:ID|SECRET) :: python-keycloak|keycloak-admin-client|@keycloak/[\w-]+|openid-client|mozilla-django-oidc|github\.com/coreos/go-oidc :: oidc keycloak openid :: mock-oauth2-server|oauth2-mock-server
"""  # noqa: E501

# What shows only that there is one of the kind: dropped where a system of the kind is known.
SOME = r"""
db :: some_database :: DATABASE|DB|SQL|SQLALCHEMY_DATABASE|JDBC|JDBC_DATABASE|SPRING_DATASOURCE|CONNECTIONSTRINGS__\w+|DB_CONNECTION :: sqlalchemy|sqlmodel|databases|tortoise-orm|peewee|pony|dj-database-url|django-environ-db|flask-sqlalchemy|alembic|prisma|@prisma/client|sequelize|typeorm|knex|drizzle-orm|objection|mikro-orm|@mikro-orm/core|spring-boot-starter-(?:data-jpa|jdbc|data-jdbc|data-r2dbc)|hibernate-core|mybatis(?:-spring-boot-starter)?|flyway-core|liquibase-core|microsoft\.entityframeworkcore(?:\.relational)?|dapper|gorm\.io/gorm|github\.com/jmoiron/sqlx|entgo\.io/ent|github\.com/uptrace/bun|diesel|sea-orm|ecto_sql|activerecord|doctrine/orm|doctrine/dbal|sqlx
cache :: some_cache :: CACHE :: spring-boot-starter-cache-remote
broker :: some_broker :: BROKER|CELERY_BROKER|QUEUE_BROKER|MESSAGE_BROKER|CELERY_RESULT_BACKEND :: celery|dramatiq|kombu|taskiq|huey|faststream|masstransit|spring-cloud-stream|celery\[redis\]
search :: some_search :: SEARCH_ENGINE|SEARCH_INDEX|SEARCH :: django-haystack
storage :: some_storage :: STORAGE_BUCKET|OBJECT_STORAGE|BLOB_STORAGE|STORAGE_ENDPOINT :: django-storages|@google-cloud-storage-any|thoas/flysystem-any
api :: aws :: AWS_ENDPOINT|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS :: boto3|botocore|aiobotocore|aws-sdk|github\.com/aws/aws-sdk-go|github\.com/aws/aws-sdk-go-v2|aws-sdk-core
"""  # noqa: E501

# id :: title :: prefix of settings :: packages :: more words
VENDORS = r"""
stripe :: Stripe :: STRIPE :: stripe|stripe-java|stripe\.net|github\.com/stripe/stripe-go|stripe/stripe-php|async-stripe ::
paypal :: PayPal :: PAYPAL :: paypalrestsdk|paypal-checkout-serversdk|@paypal/[\w-]+ ::
braintree :: Braintree :: BRAINTREE :: braintree ::
adyen :: Adyen :: ADYEN :: adyen(?:-java-api-library)?|@adyen/api-library ::
plaid :: Plaid :: PLAID :: plaid(?:-python)? ::
twilio :: Twilio :: TWILIO :: twilio|twilio-ruby|github\.com/twilio/twilio-go ::
vonage :: Vonage :: VONAGE|NEXMO :: vonage|nexmo|@vonage/[\w-]+ :: nexmo
whatsapp :: WhatsApp :: WHATSAPP :: pywa|whatsapp-web\.js|heyoo ::
telegram :: Telegram :: TELEGRAM :: python-telegram-bot|aiogram|telegraf|telethon|pytelegrambotapi ::
slack :: Slack :: SLACK :: slack-sdk|slack-bolt|slackclient|@slack/[\w-]+|github\.com/slack-go/slack ::
discord :: Discord :: DISCORD :: discord\.py|discord\.js|github\.com/bwmarrin/discordgo ::
sendgrid :: SendGrid :: SENDGRID :: sendgrid|@sendgrid/mail|github\.com/sendgrid/sendgrid-go ::
mailgun :: Mailgun :: MAILGUN :: mailgun(?:\.js)? ::
postmark :: Postmark :: POSTMARK :: postmarker|postmark ::
resend :: Resend :: RESEND :: resend ::
ses :: Amazon SES :: (?:AWS_)?SES :: @aws-sdk/client-sesv?2?|github\.com/aws/aws-sdk-go-v2/service/sesv?2?|django-ses|aws-sdk-ses ::
openai :: OpenAI :: OPENAI|AZURE_OPENAI :: openai|langchain-openai|@ai-sdk/openai|github\.com/(?:sashabaranov/go-openai|openai/openai-go) ::
anthropic :: Anthropic :: ANTHROPIC :: anthropic|@anthropic-ai/sdk|langchain-anthropic|@ai-sdk/anthropic :: claude
gemini :: Google generative AI :: GEMINI|GOOGLE_GENAI :: google-generativeai|google-genai|@google/generative-ai|langchain-google-genai|google-cloud-aiplatform :: gemini vertex
github :: GitHub :: GITHUB(?:_APP)? :: pygithub|githubkit|@octokit/[\w-]+|octokit|github\.com/google/go-github ::
gitlab :: GitLab :: GITLAB :: python-gitlab|@gitbeaker/[\w-]+ ::
jira :: Jira :: JIRA|ATLASSIAN :: jira|atlassian-python-api|jira\.js ::
pagerduty :: PagerDuty :: PAGERDUTY|PD :: pdpyras|pagerduty|@pagerduty/[\w-]+ ::
opsgenie :: Opsgenie :: OPSGENIE :: opsgenie-sdk ::
pushover :: Pushover :: PUSHOVER :: pushover ::
trello :: Trello :: TRELLO :: py-trello ::
matrix :: Matrix :: MATRIX :: matrix-nio|matrix-js-sdk ::
pushbullet :: Pushbullet :: PUSHBULLET :: pushbullet\.py ::
mattermost :: Mattermost :: MATTERMOST :: mattermostdriver ::
zoom :: Zoom :: ZOOM :: zoomus|pyzoom ::
google :: Google APIs :: GOOGLE_(?:CLIENT|API|MAPS|OAUTH|APPLICATION)|GMAIL :: google-api-python-client|googleapis|googlemaps|@googlemaps/[\w-]+ ::
auth0 :: Auth0 :: AUTH0 :: auth0-python|auth0|express-openid-connect ::
okta :: Okta :: OKTA :: okta(?:-jwt-verifier)? ::
firebase :: Firebase :: FIREBASE|FCM :: firebase-admin|firebase\.google\.com/go :: fcm
algolia :: Algolia :: ALGOLIA :: algoliasearch(?:-django)? ::
cloudinary :: Cloudinary :: CLOUDINARY :: cloudinary ::
hubspot :: HubSpot :: HUBSPOT :: hubspot-api-client|@hubspot/api-client ::
salesforce :: Salesforce :: SALESFORCE|SF :: simple-salesforce|jsforce ::
shopify :: Shopify :: SHOPIFY :: shopifyapi|@shopify/(?:shopify|admin)-api(?:-client)? ::
zendesk :: Zendesk :: ZENDESK :: zenpy|node-zendesk ::
fastly :: Fastly :: FASTLY :: fastly ::
loops :: Loops :: LOOPS :: loops ::
"""  # noqa: E501
